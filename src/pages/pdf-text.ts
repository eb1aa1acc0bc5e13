// Letters on a PDF. Latin text is set in a font that every reader has; Arabic words in one that is embedded, which joins their letters,
// while what is here puts words in the order in which they are seen. What neither can show becomes a question mark.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export type Doc = PDFKit.PDFDocument

export interface Lettering {
  /** Points. */
  readonly size: number
  readonly isBold?: boolean
}

export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly align?: 'left' | 'right'
}

const LINE = 1.35 // Of the size.
const ARABIC = 'Arabic'
const FONT_FILE = '@fontsource/noto-naskh-arabic/files/noto-naskh-arabic-arabic-400-normal.woff'

let arabicFont: Buffer | undefined

/** Gives a document the fonts that it needs. */
export function addFonts(doc: Doc): void {
  arabicFont ??= readFileSync(createRequire(import.meta.url).resolve(FONT_FILE))
  doc.registerFont(ARABIC, arabicFont)
}

/** The height of a line. */
export const lineHeight = ({ size }: Lettering): number => size * LINE

/** Sets the text in as many lines as it needs, from `y` down. Answers where the next thing may stand. */
export function setText(doc: Doc, text: string, place: Place, lettering: Lettering): number {
  let { y } = place
  for (const words of breakLines(doc, text, place.width, lettering)) {
    setLine(doc, words, { ...place, y }, lettering)
    y += lineHeight(lettering)
  }
  return y
}

/** How high `setText` will be. */
export const textHeight = (doc: Doc, text: string, width: number, lettering: Lettering): number =>
  breakLines(doc, text, width, lettering).length * lineHeight(lettering)

function setLine(doc: Doc, words: readonly string[], { x, y, width, align }: Place, lettering: Lettering): void {
  const pieces = inSight(words)
  const total = pieces.reduce((sum, piece) => sum + widthOf(doc, piece, lettering), 0)
  let at = align === 'right' ? x + width - total : x
  for (const piece of pieces) {
    // From the baseline, on which the fonts stand together although their heights differ.
    useFont(doc, piece, lettering).text(piece, at, y + lettering.size, { lineBreak: false, baseline: 'alphabetic' })
    at += widthOf(doc, piece, lettering)
  }
}

function breakLines(doc: Doc, text: string, width: number, lettering: Lettering): readonly (readonly string[])[] {
  const lines: string[][] = []
  let line: string[] = []
  for (const word of shownText(text)
    .split(' ')
    .flatMap((long) => cut(doc, long, width, lettering))) {
    if (line.length > 0 && lineWidth(doc, [...line, word], lettering) > width) {
      lines.push(line)
      line = []
    }
    line.push(word)
  }
  return [...lines, line]
}

// A word that is wider than a line.
function cut(doc: Doc, word: string, width: number, lettering: Lettering): readonly string[] {
  if (lineWidth(doc, [word], lettering) <= width) return [word]
  const parts: string[] = []
  let part = ''
  for (const letter of word) {
    if (part !== '' && lineWidth(doc, [part + letter], lettering) > width) {
      parts.push(part)
      part = ''
    }
    part += letter
  }
  return [...parts, part]
}

const lineWidth = (doc: Doc, words: readonly string[], lettering: Lettering): number =>
  inSight(words).reduce((sum, piece) => sum + widthOf(doc, piece, lettering), 0)

const widthOf = (doc: Doc, piece: string, lettering: Lettering): number =>
  useFont(doc, piece, lettering).widthOfString(piece)

const useFont = (doc: Doc, piece: string, { size, isBold = false }: Lettering): Doc =>
  doc.font(IS_ARABIC.test(piece) ? ARABIC : isBold ? 'Helvetica-Bold' : 'Helvetica').fontSize(size)

const IS_ARABIC = /\p{Script=Arabic}/u
const SCRIPTS = /\p{Script=Arabic}[\p{Script=Arabic}\p{M}]*|[^\p{Script=Arabic}]+/gu

/**
 * A line as it is seen from left to right, in pieces of one font each. It runs to the left when its first letters do; words of the other
 * direction that stand together keep their order.
 */
export function inSight(words: readonly string[]): readonly string[] {
  const runsLeft = words.map((word) => IS_ARABIC.test(word))
  const isLeftward = runsLeft[words.findIndex((word) => /\p{L}/u.test(word))] ?? false
  const groups: { readonly isLeftward: boolean; readonly words: string[] }[] = []
  words.forEach((word, i) => {
    const group = groups.at(-1)
    if (group && group.isLeftward === runsLeft[i]) group.words.push(word)
    else groups.push({ isLeftward: runsLeft[i] ?? false, words: [word] })
  })
  const ordered = (isLeftward ? groups.reverse() : groups).flatMap((group) =>
    group.isLeftward ? group.words.map(leftward).reverse() : group.words.map((word) => [word]),
  )
  return ordered.flatMap((pieces, i) => (i === 0 ? pieces : [' ', ...pieces]))
}

// What stands before an Arabic word is seen behind it, and brackets face the other way.
const leftward = (word: string): readonly string[] =>
  [...word.matchAll(SCRIPTS)]
    .map(([piece]) => (IS_ARABIC.test(piece) ? piece : piece.replace(/[()[\]<>{}]/g, (one) => MIRRORED[one] ?? one)))
    .reverse()

const MIRRORED: Readonly<Record<string, string>> = {
  ...{ '(': ')', ')': '(', '[': ']', ']': '[', '<': '>', '>': '<', '{': '}', '}': '{' },
}

// What a font of every reader has beside ASCII and Latin-1.
const WINDOWS = /[ -~\u00a0-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/u

/** The text with what can be shown of it, in one line. */
export const shownText = (text: string): string =>
  [
    ...text
      .normalize('NFC')
      .replace(/[\s\p{Z}]+/gu, ' ')
      .replace(/[\p{Cc}\p{Cf}]/gu, '')
      .trim(),
  ]
    .map(shownLetter)
    .join('')

function shownLetter(letter: string): string {
  if (WINDOWS.test(letter) || IS_ARABIC.test(letter) || /\p{M}/u.test(letter)) return letter
  const plain = letter.normalize('NFKD').replace(/\p{M}/gu, '')
  return [...plain].every((one) => WINDOWS.test(one)) && plain !== '' ? plain : '?'
}
