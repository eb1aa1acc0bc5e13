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
const FONT_FILE = '@expo-google-fonts/noto-naskh-arabic/400Regular/NotoNaskhArabic_400Regular.ttf'

let arabicFont: Buffer | undefined

/** Gives a document the fonts that it needs. */
export function addFonts(doc: Doc): void {
  arabicFont ??= readFileSync(createRequire(import.meta.url).resolve(FONT_FILE))
  doc.registerFont(ARABIC, arabicFont)
}

/** The height of a line. */
export const lineHeight = ({ size }: Lettering): number => size * LINE

/** A text in lines that fit a width, each as words. */
export interface Block {
  readonly lines: readonly (readonly string[])[]
  readonly lettering: Lettering
  readonly height: number
}

/** Breaks a text into lines. */
export function breakText(doc: Doc, text: string, width: number, lettering: Lettering): Block {
  const space = widthOf(doc, ' ', lettering)
  const lines: string[][] = []
  let [line, used]: [string[], number] = [[], 0]
  for (const word of shownText(text)
    .split(' ')
    .flatMap((long) => cut(doc, long, width, lettering))) {
    const wide = wordWidth(doc, word, lettering)
    if (line.length > 0 && used + space + wide > width) {
      lines.push(line)
      ;[line, used] = [[], 0]
    }
    used += (line.length > 0 ? space : 0) + wide
    line.push(word)
  }
  lines.push(line)
  return { lines, lettering, height: lines.length * lineHeight(lettering) }
}

/** Sets a block from `y` down. Answers where the next thing may stand. */
export function setBlock(doc: Doc, { lines, lettering, height }: Block, place: Place): number {
  lines.forEach((words, i) => {
    setLine(doc, words, { ...place, y: place.y + i * lineHeight(lettering) }, lettering)
  })
  return place.y + height
}

/** Sets a text from `y` down in as many lines as it needs. Answers where the next thing may stand. */
export const setText = (doc: Doc, text: string, place: Place, lettering: Lettering): number =>
  setBlock(doc, breakText(doc, text, place.width, lettering), place)

function setLine(doc: Doc, words: readonly string[], { x, y, width, align }: Place, lettering: Lettering): void {
  const pieces = inSight(words)
  const widths = pieces.map((piece) => widthOf(doc, piece, lettering))
  let at = align === 'right' ? x + width - widths.reduce((sum, one) => sum + one, 0) : x
  pieces.forEach((piece, i) => {
    // From the baseline, on which the fonts stand together although their heights differ.
    useFont(doc, piece, lettering).text(piece, at, y + lettering.size, { lineBreak: false, baseline: 'alphabetic' })
    at += widths[i] ?? 0
  })
}

// A word that is wider than a line, letter by letter; letters that join are narrower, so that no part is too wide.
function cut(doc: Doc, word: string, width: number, lettering: Lettering): readonly string[] {
  if (wordWidth(doc, word, lettering) <= width) return [word]
  const parts: string[] = []
  let [part, used] = ['', 0]
  for (const letter of word) {
    const wide = widthOf(doc, letter, lettering)
    if (part !== '' && used + wide > width) {
      parts.push(part)
      ;[part, used] = ['', 0]
    }
    part += letter
    used += wide
  }
  return [...parts, part]
}

const wordWidth = (doc: Doc, word: string, lettering: Lettering): number =>
  IS_ARABIC.test(word)
    ? leftward(word).reduce((sum, piece) => sum + widthOf(doc, piece, lettering), 0)
    : widthOf(doc, word, lettering)

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
    group.isLeftward ? group.words.map(leftward).reverse() : [[group.words.join(' ')]],
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

// Digits run to the right in Arabic, too; in European form they need no further care.
const ARABIC_DIGIT = /[\u0660-\u0669\u06f0-\u06f9]/

function shownLetter(letter: string): string {
  if (ARABIC_DIGIT.test(letter)) return String(letter.charCodeAt(0) & 0xf)
  if (WINDOWS.test(letter) || IS_ARABIC.test(letter) || /\p{M}/u.test(letter)) return letter
  const plain = letter.normalize('NFKD').replace(/\p{M}/gu, '')
  return [...plain].every((one) => WINDOWS.test(one)) && plain !== '' ? plain : '?'
}
