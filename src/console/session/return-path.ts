/** Screens to which nobody goes back after a sign-in. */
const before = /^\/(?:signin|register|auth\/|password\/|invitation|registration\/|email\/)/

/**
 * Where somebody wanted to go before the sign-in. It comes from the address, so only a path of this console counts:
 * no other host, and no screen that leads to the sign-in again.
 */
export const returnPath = (next: string | null): string => {
  if (next === null || !/^\/(?![/\\])/.test(next) || before.test(next)) return '/'
  // A browser takes a backslash for a slash, and drops tabs and line breaks.
  const address = new URL(next, 'http://here.invalid')
  if (address.host !== 'here.invalid' || /[\\\s]/.test(next)) return '/'
  // Dots in the path are resolved by now, and may leave two slashes at its beginning, or a screen of before.
  if (address.pathname.startsWith('//') || before.test(address.pathname)) return '/'
  // The desk is chosen by then.
  address.searchParams.delete('tenant')
  return address.pathname + address.search
}
