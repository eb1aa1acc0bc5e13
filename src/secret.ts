// A value that must not be printed. Whatever logs, serializes or inspects it sees `[secret]`.
import { inspect } from 'node:util'

export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value itself: only for the vault, gateways, signers and the answer that hands it to its owner once. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
