import type { Act, User } from '../../src/modules/identity/accounts/actor.ts'
import { setLogo } from '../../src/modules/identity/tenants/tenant-logo.service.ts'
import { changeSettings } from '../../src/modules/identity/tenants/tenant-settings.service.ts'
import type { App } from '../../src/platform/app-context.ts'

/** A lighthouse on green: a PNG of 64 × 64 pixels. */
const logo = [
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAYAAACqaXHeAAAA+UlEQVR42u3bQQ6DMAxE0dlzuN6E+++ouisiUErsxIm/JbbY81BV',
  'qsbSw1rW1xbpkmdFC9sMZdTgJhCzhH+EMFv4vxBmDX8LYfbwlwhZwp8ipAbIFv6AAAAAAOQF8G5SW+4IAAAAAAAAANDu6h0YAAAA',
  'AAAAAAAAAAAAAAAAAAAAAAAAAIIE7wHwKUUI3RrguxQpvDdAqRQluDfCWcmyoXW1mEkWDWvCeELcua9qGloO3uteGu2p1cxVfA8Y',
  '8XNrOZcsG474jbI7JxT1H1zX8KWDUlFfW63n+nlMLsoPFq+5OCcIAMflAWBlhqUp1uZYnGR1luXpxOvzb/U48ryhhUX1AAAAAElF',
  'TkSuQmCC',
].join('')

/** Gives the desk of the demo a name, a colour, a signature and a logo. */
export const giveLooks = async (app: App, act: Act<User>): Promise<void> => {
  const looks = { name: 'Harbour Support', accent_colour: '#0b6e4f' }
  const signature = 'Harbour Support\nMonday to Friday, 8 to 18 o’clock'
  await changeSettings(app, act, { ...looks, mail_signature: signature }, null, async () => [])
  await setLogo(app, act, Buffer.from(logo, 'base64'))
}
