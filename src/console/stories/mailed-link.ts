/** The address with a token in the HTML of a mail; empty when there is none. */
export const linkIn = (html = ''): string => {
  const found = [...html.matchAll(/href="([^"]*)"/g)]
    .map(([, href = '']) => href)
    .find((href) => href.includes('token='))
  return (found ?? '').replaceAll('&amp;', '&')
}
