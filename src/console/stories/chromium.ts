import { access, constants } from 'node:fs/promises'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian, Ubuntu and others put the browser. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** It asks no other host for anything, and draws text alike on each start. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
]

/**
 * Where the Chromium of this machine is.
 * @throws Error that says how to install it.
 */
export const findChromium = async (): Promise<string> => {
  for (const place of places) {
    const isThere = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return place
  }
  throw new Error(
    `The stories of the console need Chromium in ${places.join(' or ')}. Debian: apt-get install chromium`,
  )
}

/** Starts Chromium. Close it in the end. */
export const launchChromium = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await findChromium(), args: flags })
