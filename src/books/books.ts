// What a batch has locked, in memory, while its commands decide one after the other, with an undo log.
import type { Shelf } from './shelf.ts'

/** A row that a command must have locked before it decides. */
export interface Need {
  readonly shelf: Shelf
  readonly key: string
  /** Whether to lock the row although its shelf does not. */
  readonly locks?: boolean
}

/** Names a row for a command's `needs`. The row need not exist: then the books say so under lock of its key's absence. */
export const need = <Row extends object>(shelf: Shelf<Row>, key: string): Need => ({
  shelf: shelf as unknown as Shelf,
  key,
})

/** The same for a command that changes a row, or reads what may change, on a shelf that is not locked otherwise. */
export const needLocked = <Row extends object>(shelf: Shelf<Row>, key: string): Need => ({
  ...need(shelf, key),
  locks: true,
})

interface Slot {
  row: object | undefined
  /** The row as loaded; undefined when the database has none. */
  readonly loaded: object | undefined
}

interface Undo {
  readonly slot?: Slot
  readonly row?: object | undefined
  readonly appended?: object[]
}

export interface Changes {
  readonly inserted: readonly object[]
  readonly updated: readonly object[]
}

export class Books {
  /** Florin's business time for everything in this batch, to the millisecond. */
  readonly now: Date
  readonly #slots = new Map<Shelf, Map<string, Slot>>()
  readonly #appended = new Map<Shelf, object[]>()
  readonly #undo: Undo[] = []

  constructor(now: Date) {
    this.now = now
  }

  /** Puts a loaded row, or the knowledge that there is none, on its shelf. Only for the lane and the model. */
  place(shelf: Shelf, key: string, row: object | undefined): void {
    const slots = this.#slots.get(shelf) ?? new Map<string, Slot>()
    slots.set(key, { row, loaded: row })
    this.#slots.set(shelf, slots)
  }

  /** The row as it stands after the commands before; undefined when there is none. Throws when no command needed it: a bug. */
  find<Row extends object>(shelf: Shelf<Row>, key: string): Row | undefined {
    return this.#slot(shelf as unknown as Shelf, key).row as Row | undefined
  }

  /** The row, which must exist. */
  get<Row extends object>(shelf: Shelf<Row>, key: string): Row {
    const row = this.find(shelf, key)
    if (!row) throw new Error(`${shelf.name} has no row ${key}`)
    return row
  }

  /** Inserts a row under an id that the command made: it cannot exist yet, so it need not be named in the needs. Returns it. */
  insert<Row extends object>(shelf: Shelf<Row>, row: Row): Row {
    const key = shelf.keyOf(row)
    const known = shelf as unknown as Shelf
    if (this.#slots.get(known)?.get(key)?.row) throw new Error(`${shelf.name} ${key} exists`)
    this.place(known, key, undefined)
    return this.put(shelf, row)
  }

  /** Writes a row whose key was needed: a new one, or another state of the one that is there. Returns it. */
  put<Row extends object>(shelf: Shelf<Row>, row: Row): Row {
    const slot = this.#slot(shelf as unknown as Shelf, shelf.keyOf(row))
    this.#undo.push({ slot, row: slot.row })
    slot.row = row
    return row
  }

  /** Adds a row to an append-only table. Returns it. */
  append<Row extends object>(shelf: Shelf<Row>, row: Row): Row {
    const rows = this.#appended.get(shelf as unknown as Shelf) ?? []
    if (rows.length === 0) this.#appended.set(shelf as unknown as Shelf, rows)
    rows.push(row)
    this.#undo.push({ appended: rows })
    return row
  }

  /** A point to which `rollback` can return. */
  mark(): number {
    return this.#undo.length
  }

  /** Undoes everything written since the mark. */
  rollback(mark: number): void {
    while (this.#undo.length > mark) {
      const undo = this.#undo.pop()
      if (undo?.slot) undo.slot.row = undo.row
      undo?.appended?.pop()
    }
  }

  /** What the batch has to write on this shelf. */
  changes(shelf: Shelf): Changes {
    const inserted: object[] = [...(this.#appended.get(shelf) ?? [])]
    const updated: object[] = []
    for (const { row, loaded } of this.#slots.get(shelf)?.values() ?? []) {
      if (row === undefined || row === loaded) continue
      if (loaded === undefined) inserted.push(row)
      else updated.push(row)
    }
    return { inserted, updated }
  }

  #slot(shelf: Shelf, key: string): Slot {
    const slot = this.#slots.get(shelf)?.get(key)
    if (!slot) throw new Error(`a command used ${shelf.name} ${key} without naming it in its needs`)
    return slot
  }
}

/** What else is written in the commit of a command, such as who asked for it. */
export interface Note {
  readonly needs: readonly Need[]
  write(books: Books): void
}
