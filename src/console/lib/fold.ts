const lettersWithoutParts: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
}

/**
 * A text for comparing what somebody typed: without accents and case. `Łukasz Müller` and `lukasz muller` are the same.
 */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[ßæœøđłþı]/g, (letter) => lettersWithoutParts[letter] ?? letter)
    .replaceAll(/\s+/g, ' ')
    .trim()

/** Whether each word of what somebody typed begins a word of the text. */
export const fits = (text: string, typed: string): boolean => {
  const words = fold(text).split(/[^\p{L}\p{N}]+/u)
  return fold(typed)
    .split(/[^\p{L}\p{N}]+/u)
    .every((part) => words.some((word) => word.startsWith(part)))
}

/**
 * A text in parts, with the place where what somebody typed begins a word marked; all in one part when there is none.
 */
export const markedParts = (text: string, typed: string): { text: string; isMarked: boolean }[] => {
  const wanted = fold(typed)
  for (const { index } of wanted === '' ? [] : text.matchAll(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu)) {
    for (let end = index + 1; end <= text.length && end <= index + 2 * wanted.length + 2; end += 1) {
      if (fold(text.slice(index, end)) !== wanted) continue
      const parts = [text.slice(0, index), text.slice(index, end), text.slice(end)]
      return parts.map((part, at) => ({ text: part, isMarked: at === 1 })).filter((part) => part.text !== '')
    }
  }
  return [{ text, isMarked: false }]
}
