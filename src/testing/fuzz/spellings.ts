// Ways to write the path of a request, for tests which hold that no spelling passes a guard.

const withLast = (text: string, from: string, to: string): string => {
  const at = text.lastIndexOf(from)
  return text.slice(0, at) + to + text.slice(at + from.length)
}
const percent = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const mixed = (path: string): string => [...path].map((c, at) => (at % 2 ? c.toUpperCase() : c)).join('')
const below = (prefix: string, path: string): string => path.replace('/api', prefix)
const fullWidth = (text: string): string =>
  text.replaceAll(/[!-~]/g, (c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0))

/** How the path of an endpoint, such as `/api/tickets/TKT0001`, may be written. */
export const spellings: Record<string, (path: string) => string> = {
  'as it is': (path) => path,
  'below /api/v1': (path) => below('/api/v1', path),
  'in capitals': (path) => path.toUpperCase(),
  'in mixed case': mixed,
  'with /API in capitals': (path) => below('/API', path),
  'with /api/V1 in capitals': (path) => below('/api/V1', path),
  'with the Kelvin sign for k and the long s for s': (path) =>
    path.replaceAll('k', '%e2%84%aa').replaceAll('s', '%c5%bf'),
  'with a slash at its end': (path) => `${path}/`,
  'with two slashes at its end': (path) => `${path}//`,
  'with two slashes at its start': (path) => `/${path}`,
  'with all slashes doubled': (path) => path.replaceAll('/', '//'),
  'with /./ inside': (path) => below('/api/.', path),
  'with /../ inside': (path) => below('/api/x/..', path),
  'by way of /api/v1/..': (path) => below('/api/v1/..', path),
  'by way of a public endpoint': (path) => below('/api/auth/login/../..', path),
  'by way of /health': (path) => `/health/..${path}`,
  'by way of /health, encoded': (path) => `/health%2f..${path}`,
  'by way of the docs page': (path) => below('/api/docs/..', path),
  'by way of the API document': (path) => `/openapi.json/../${path}`,
  'from above the root': (path) => `/..${path}`,
  'with an encoded dot': (path) => below('/api/%2e', path),
  'with two encoded dots': (path) => below('/api/v1/%2e%2e', path),
  'with dots and a slash encoded': (path) => below('/api/v1/..%2f', path),
  'with full-width dots': (path) => below('/api/v1/%ef%bc%8e%ef%bc%8e', path),
  'with a two-dot leader': (path) => below('/api/v1/%e2%80%a5', path),
  'with a dot at its end': (path) => `${path}.`,
  'with .json at its end': (path) => `${path}.json`,
  'with all slashes but the first encoded': (path) => path[0] + path.slice(1).replaceAll('/', '%2f'),
  'with the last slash encoded': (path) => withLast(path, '/', '%2F'),
  'with the last slash encoded twice': (path) => withLast(path, '/', '%252f'),
  'with an encoded backslash': (path) => withLast(path, '/', '%5c'),
  'with a backslash': (path) => withLast(path, '/', '\\'),
  'with only backslashes': (path) => path.replaceAll('/', '\\'),
  'with an encoded letter at its start': (path) => below('/%61pi', path),
  'with an encoded letter further on': (path) => below('/api', path).replace(/(?<=\/api\/)./, percent),
  'with all letters encoded': (path) => path.replaceAll(/\w/g, percent),
  'with an encoded capital': (path) => below('/api', path).replace(/(?<=\/api\/)./, (c) => percent(c.toUpperCase())),
  'encoded twice': (path) => below('/%2561pi', path),
  'with a parameter at its end': (path) => `${path};a=b`,
  'with a parameter inside': (path) => below('/api;a=b', path),
  'with an encoded question mark': (path) => `${path}%3fa=b`,
  'with an empty query': (path) => `${path}?`,
  'with a path as its query': (path) => `/health?/../..${path}`,
  'with an encoded number sign': (path) => `${path}%23`,
  'with a number sign': (path) => `${path}#a`,
  'with a number sign inside': (path) => `/health#/..${path}`,
  'with an encoded NUL at its end': (path) => `${path}%00`,
  'with an encoded NUL inside': (path) => below('/api%00', path),
  'with a NUL': (path) => `${path}\0`,
  'with an encoded tab': (path) => `${path}%09`,
  'with a tab': (path) => `${path}\t`,
  'with an encoded space': (path) => `${path}%20`,
  'with a space': (path) => `${path} `,
  'with an encoded line end and another request': (path) => `/health%0d%0aGET%20${path}`,
  'with full-width letters': fullWidth,
  'with full-width letters, encoded': (path) => path.replaceAll(/[\w/]/g, (c) => percent(fullWidth(c))),
  'with an overlong slash': (path) => withLast(path, '/', '%c0%af'),
  'with overlong dots': (path) => below('/api/v1/%c0%ae%c0%ae', path),
  'with an overlong letter': (path) => below('/%c1%a1pi', path),
  'with half a surrogate pair': (path) => `${path}%ed%a0%80`,
  'with a percent sign and no digits': (path) => `${path}%zz`,
  'in the absolute form': (path) => `http://desk.example.com${path}`,
  'in the absolute form, for another host': (path) => `http://localhost:1${path}`,
  'in the absolute form, with the scheme in capitals': (path) => `HTTP://desk.example.com/${path}`,
  'in the absolute form, with a sign-in': (path) => `http://admin:admin@desk.example.com${path}`,
  'in the absolute form, with a health path as its host': (path) => `http://health/..${path}`,
  'without a slash at its start': (path) => path.slice(1),
}
