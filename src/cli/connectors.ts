// `florin connectors`: which gateways there are and what they can do.
import { renderCapabilities } from '../gateways/capabilities.ts'
import { listGatewayFacts } from '../gateways/index.ts'

/** Prints the capability table. */
export function printConnectors(): void {
  process.stdout.write(`${renderCapabilities(listGatewayFacts())}\n`)
}
