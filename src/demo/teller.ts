// Tells the story line by line, and remembers whether every line went as it should.
import type { Answer } from './caller.ts'

type Read<T> = (body: Answer['body']) => T

export interface Teller {
  /** Waits for the answer, prints the line, and gives the body to the next one. */
  tell(what: string, answer: Promise<Answer>, says: Read<string>, isRight?: Read<boolean>): Promise<Answer['body']>
  note(what: string, says: string, ok: boolean): void
  wentWell(): boolean
}

/** A teller that prints numbered lines. */
export function createTeller(print: (text: string) => void): Teller {
  let lines = 0
  let wrong = 0
  const note = (what: string, says: string, ok: boolean): void => {
    lines++
    if (!ok) wrong++
    print(`  ${ok ? '✓' : '✗'} ${String(lines).padStart(2)}  ${what.padEnd(60)} ${says}`)
  }
  return {
    tell: async (what, answer, says, isRight = () => true) => {
      const { status, body } = await answer
      const isDone = status === 200 || status === 201
      const ok = isDone && isRight(body)
      note(what, isDone ? says(body) : `${status} ${JSON.stringify(body)}`, ok)
      return body
    },
    note,
    wentWell: () => wrong === 0,
  }
}
