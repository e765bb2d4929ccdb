import { settings } from '../../contract/settings.ts'

/** The settings that switch every quota off: programs under load create more than people do in a day. */
export const quotasOff: Record<string, string> = Object.fromEntries(
  Object.keys(settings).flatMap((key) => (key.startsWith('QUOTA_') ? [[key, '0']] : [])),
)
