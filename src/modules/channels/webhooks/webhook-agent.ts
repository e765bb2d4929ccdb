import { version } from '../../../platform/version.ts'

/** How the sender of webhooks calls itself. */
export const userAgent = `Counterdesk-Webhooks/${version}`
