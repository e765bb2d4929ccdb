/** The path below which the console is served, with a slash at its end: `/`, or `/help/` for `…/help`. */
export const basePath = new URL(document.baseURI).pathname.replace(/[^/]*$/, '')

/** The address of a path of the console on this host. */
export const link = (path: string): string => basePath + path.replace(/^\//, '')
