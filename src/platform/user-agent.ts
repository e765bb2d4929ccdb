import type { Language } from '../contract/enums.ts'
import type { Words } from './page.ts'

/** What a User-Agent names, most telling first: browsers that are built on another one name that one, too. */
const browsers: [RegExp, string][] = [
  [/\b(?:Edg|EdgA|EdgiOS|Edge)\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/\S+ (?:Mobile\/\S+ )?Safari\//, 'Safari'],
  [/^curl\//, 'curl'],
  [/^Wget\//i, 'Wget'],
  [/^PostmanRuntime\//, 'Postman'],
  [/^(?:python-requests|python-httpx|Python-urllib)\//i, 'Python'],
  [/^(?:node|undici|axios|node-fetch)\b/, 'Node.js'],
  [/^Go-http-client\//, 'Go'],
]
const systems: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\b(?:Macintosh|Mac OS X)\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

const firstOf = (names: [RegExp, string][], text: string): string | undefined =>
  names.find(([pattern]) => pattern.test(text))?.[1]

const on: Words = { en: 'on', de: 'unter' }
const unknownDevice: Words = { en: 'an unknown device', de: 'ein unbekanntes Gerät' }

/**
 * The device of a User-Agent in plain words, such as "Firefox on Linux". All words are ours, because anybody can send
 * any User-Agent. It only helps a person to know a device again, and is no proof.
 */
export const deviceOf = (userAgent: string | null, language: Language = 'en'): string => {
  const [browser, system] = [firstOf(browsers, userAgent ?? ''), firstOf(systems, userAgent ?? '')]
  if (browser !== undefined && system !== undefined) return `${browser} ${on[language]} ${system}`
  return browser ?? system ?? unknownDevice[language]
}
