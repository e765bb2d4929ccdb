import type { App } from '../../../platform/app-context.ts'
import { countSealedByKey } from './sealing-keys.queries.ts'

const factors = (count: number): string => (count === 1 ? '1 second factor is' : `${count} second factors are`)

/**
 * Says to the operator what the secrets of second factors need: a key of their own, the lost key, or nothing any more.
 */
export const reportOnKeys = async (app: App): Promise<string[]> => {
  const { first, all } = app.secrets.sealing
  const uses = await countSealedByKey(app.pool)
  const countOf = (isMeant: (id: string) => boolean): number =>
    uses.reduce((sum, { key_id: id, count }) => (isMeant(id) ? sum + count : sum), 0)
  const lost = countOf((id) => !all.has(id))
  const older = countOf((id) => all.has(id) && id !== first.id)
  const lines: string[] = []
  if (lost > 0) {
    lines.push(
      `${factors(lost)} sealed with a key that is not in SECRETS_KEY, so sign-in takes recovery codes only: put the key ` +
        'back behind the new one, or reset the second factors; see docs/operations.md, "Keys of secrets".',
    )
  }
  if (older > 0)
    lines.push(`${factors(older)} still sealed with an older key. Each is sealed anew when a code is used.`)
  if (app.config.SECRETS_KEY === undefined && uses.length > 0) {
    lines.push(
      'SECRETS_KEY is not set, so the secrets of second factors are sealed with a key from JWT_SECRET: whoever changes ' +
        'JWT_SECRET makes them unreadable. Set SECRETS_KEY.',
    )
  }
  return lines
}
