// Every connector, one line each.
import type { Connector } from './connector.ts'

export const CONNECTORS: readonly Connector[] = []

/** The connector of this name. */
export const findConnector = (name: string): Connector | undefined =>
  CONNECTORS.find(({ facts }) => facts.name === name)
