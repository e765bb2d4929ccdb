/**
 * The path below which the console is served, with a slash at its end: `/`, `/help/` for `…/help`, or `/t/acme/` for a
 * tenant.
 */
export const basePath = new URL(document.baseURI).pathname.replace(/[^/]*$/, '')

/** The address of a path of the console on this host. */
export const link = (path: string): string => basePath + path.replace(/^\//, '')

/**
 * The tenant whose address this is, as the program says in the page; null at the program's own address, where people
 * say which desk they mean.
 */
export const ownTenant: string | null =
  document.querySelector('meta[name="counterdesk-tenant"]')?.getAttribute('content') ?? null

/**
 * A name that the tabs of one place share: those with one session cookie. Places of several tenants may stand at one
 * host, and so share the store and the channels of the browser. The default tenant has the cookie of the host itself.
 */
export const nameHere = (name: string): string =>
  ownTenant === null || ownTenant === 'default' ? name : `${name} ${ownTenant}`
