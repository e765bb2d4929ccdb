import { checkHooks, countUntold, hookSettings, openHooks, untilAllTold } from '../drill-hooks.ts'
import type { HookRule } from '../hook-peer.ts'
import type { Drill } from '../rig.ts'

const tenants = ['north', 'east']

/** A receiver for each fault, and two that are well. */
const badPaths = {
  '/drips': 'drips',
  '/hangs': 'hangs',
  '/huge': 'huge',
  '/busy': 'busy',
  '/gone': 'gone',
  '/redirects': 'redirects',
  '/dies': 'dies',
  '/dies-in-order': 'dies',
} satisfies Record<string, HookRule>
const paths = [
  ...Object.keys(badPaths).map((path) => ({ path, isOrdered: path.endsWith('in-order') })),
  { path: '/well', isOrdered: false },
  { path: '/well-in-order', isOrdered: true },
]

/**
 * Receivers of webhooks do everything that they may do wrong, one each, while others and the mails go on. Then they are
 * well again; the one that said 410 is enabled, and is sent what happened meanwhile.
 */
export const badReceivers: Drill = {
  number: 17,
  title: 'receivers of webhooks drip, hang, answer 100 MB, 429, 410, a redirect inwards, or die',
  async run(rig, isQuick) {
    const service = await rig.startService(hookSettings)
    const hooks = await openHooks(rig, service, tenants, paths)
    try {
      await rig.startLoad([service], { tenants: [...tenants, 'south'], perSecond: isQuick ? 15 : 30 })
      await rig.sleep(1)
      const end = rig.beginFault()
      const bad = tenants.flatMap((tenant) =>
        Object.entries(badPaths).map(([path, rule]) => [`/${tenant}${path}`, rule]),
      )
      hooks.peer.behave(Object.fromEntries(bad))
      await rig.sleep(isQuick ? 8 : 90)
      await rig.stopLoad()
      // Those that are well have it all, and the mails are gone, before the others are well.
      const well = hooks.all.filter(({ path }) => path.includes('well'))
      await rig.until(
        'receivers that are well are told of all',
        10,
        async () => (await countUntold(rig, hooks, well)) === 0,
      )
      const others = await countUntold(rig, hooks, hooks.all)
      if (others === 0) throw new Error('the receivers did nothing wrong')
      const mailSeconds = await rig.drain()
      hooks.peer.behave({})
      end()
      const gone = hooks.all.filter(({ path }) => path.endsWith('/gone'))
      for (const hook of gone) {
        await hooks.ask(hook, 'PATCH', '', { state: 'enabled' })
        await hooks.ask(hook, 'POST', '/resend', { from_position: 1 })
      }
      await untilAllTold(rig, hooks, isQuick, isQuick ? 30 : 400)
      const { messages, repeated } = await checkHooks(rig, hooks)
      return {
        note:
          `${hooks.all.length} webhooks, ${messages} messages, none lost, ${repeated} came again; ${others} waited at the ` +
          `end of the fault, and mails were gone after ${mailSeconds?.toFixed(1) ?? '–'} s`,
      }
    } finally {
      await hooks.peer.kill()
    }
  },
}
