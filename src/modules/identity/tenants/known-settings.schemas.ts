import { z } from 'zod'
import { Domain } from '../../../contract/domains.ts'
import { Language, ProductsBy, RegistrationMode } from '../../../contract/enums.ts'
import { Mailbox } from '../../../contract/mailbox.ts'
import { TimeZone } from '../../../contract/time-zones.ts'
import { contrastWithWhite } from '../../../platform/colour-contrast.ts'
import type { Config } from '../../../platform/config.ts'
import { mailableForm, readEmail } from '../../../platform/email-address.ts'
import { senderOf } from '../../../platform/mail/transport.ts'
import { knownEmail, line, text } from '../../../platform/schemas.ts'

const onOrOff = z.boolean()

/** The bounds of the settings that are numbers, in the unit that their name says. SQL reads them within the same. */
export const countedSettings = {
  auto_close_days: [1, 3_650],
  comment_edit_minutes: [0, 525_600],
  undo_seconds: [0, 30],
  deleted_days: [1, 3_650],
  mail_parameters_days: [5, 3_650],
} as const satisfies Record<string, readonly [min: number, max: number]>
export type CountedSetting = keyof typeof countedSettings

const counted = (name: CountedSetting) => z.int().min(countedSettings[name][0]).max(countedSettings[name][1])

/** `MAIL_FROM`, taken apart. */
const senderByDefault = (config: Config): Mailbox => senderOf(config)

/** An address of a desk on one machine, such as `helpdesk@localhost`, is one, too. */
const isMailable = (address: string): boolean =>
  !('error' in readEmail(address)) || /^[\w.+-]{1,64}@[a-z0-9-]{1,63}$/i.test(address)

const SenderAddress = knownEmail
  .refine(isMailable, { error: 'must be an e-mail address such as desk@example.com', abort: true })
  .transform(mailableForm)

/** The least contrast of text with what is behind it (WCAG 2.2, 1.4.3). */
const leastContrast = 4.5

const Colour = z.string().regex(/^#[0-9a-f]{6}$/, { error: 'must be a colour such as #1f5fbf' })
const AskedColour = z
  .string()
  .regex(/^#[0-9A-Fa-f]{6}$/, { error: 'must be a colour such as #1f5fbf', abort: true })
  .transform((colour) => colour.toLowerCase())
  .refine((colour) => contrastWithWhite(colour) >= leastContrast, {
    error: 'must be darker, because white text on it has a contrast below 4.5:1',
    params: { code: 'too_light' },
  })

/** What is known of a tenant beside its settings, for the defaults of these. */
interface TenantAsMade {
  /** The name that the operator gave. */
  name: string
}

/**
 * The settings of a tenant. `kept`: the value as it is kept and read; `asked`: as an admin sends it; `byDefault`: the
 * value of a tenant whose admins have not chosen. A setting needs no more than its entry here, its changes in the event
 * `tenant.settings_changed`, and its default in the environment.
 */
export const tenantSettings = {
  name: {
    kept: z.string(),
    asked: line(100),
    byDefault: (_: Config, tenant: TenantAsMade): string => tenant.name,
    about:
      'What the organisation is called: in mails, on pages, and in the console. The default is what the operator says.',
  },
  languages: {
    kept: z.array(Language).min(1),
    asked: z
      .array(Language)
      .min(1)
      .max(Language.options.length)
      .refine((languages) => new Set(languages).size === languages.length, {
        error: 'must have each language once',
        params: { code: 'repeated' },
      }),
    byDefault: ({ LANGUAGES }: Config) => LANGUAGES,
    about: 'The languages that the desk speaks. The first is for people who have chosen none.',
  },
  time_zone: {
    kept: TimeZone,
    asked: TimeZone,
    byDefault: ({ TIME_ZONE }: Config) => TIME_ZONE,
    about: 'The time zone of people who have chosen none, such as Europe/Berlin.',
  },
  accent_colour: {
    kept: Colour,
    asked: AskedColour,
    byDefault: (): string => '#1f5fbf',
    about: 'The colour of buttons and links, in the console and in mails. White text on it must be readable (4.5:1).',
  },
  registration: {
    kept: RegistrationMode,
    asked: RegistrationMode,
    byDefault: ({ REGISTRATION }: Config) => REGISTRATION,
    about: 'Who may register as a customer.',
  },
  registration_domains: {
    kept: z.array(z.string()),
    asked: z
      .array(Domain)
      .max(50)
      .transform((domains) => [...new Set(domains)]),
    byDefault: ({ REGISTRATION_DOMAINS }: Config) => REGISTRATION_DOMAINS,
    about:
      'The domains of the addresses that may register where `registration` is `by_domain`: each exactly, without its ' +
      'subdomains. They are kept in punycode and in small letters.',
  },
  second_factor_required: {
    kept: onOrOff,
    asked: onOrOff,
    byDefault: ({ SECOND_FACTOR_REQUIRED }: Config) => SECOND_FACTOR_REQUIRED,
    about: 'Whether admins and technicians must have a second factor.',
  },
  mail_sender: {
    kept: Mailbox,
    asked: z.strictObject({ name: line(100), address: SenderAddress }),
    byDefault: senderByDefault,
    about:
      'Who the mails are from. The domain of the address must be that of `MAIL_FROM`, or one of `MAIL_SENDER_DOMAINS`, ' +
      'which the operator says.',
  },
  mail_signature: {
    kept: z.string().nullable(),
    asked: text(1_000),
    byDefault: (): string | null => null,
    about: 'Text at the end of every mail, such as the address of the organisation; null for none.',
  },
  auto_close_days: {
    kept: counted('auto_close_days'),
    asked: counted('auto_close_days'),
    byDefault: ({ AUTO_CLOSE_DAYS }: Config) => AUTO_CLOSE_DAYS,
    about: 'After how many days a resolved ticket closes by itself.',
  },
  comment_edit_minutes: {
    kept: counted('comment_edit_minutes'),
    asked: counted('comment_edit_minutes'),
    byDefault: ({ COMMENT_EDIT_MINUTES }: Config) => COMMENT_EDIT_MINUTES,
    about: 'For how many minutes people may change or delete their own comments and attachments. Admins always may.',
  },
  undo_seconds: {
    kept: counted('undo_seconds'),
    asked: counted('undo_seconds'),
    byDefault: (): number => countedSettings.undo_seconds[1],
    about: 'For how many seconds at most a change can be taken back; mails about it wait as long. 0: not at all.',
  },
  deleted_days: {
    kept: counted('deleted_days'),
    asked: counted('deleted_days'),
    byDefault: ({ DELETED_DAYS }: Config) => DELETED_DAYS,
    about: 'For how many days a deleted ticket can be restored. Then its files are removed.',
  },
  mail_parameters_days: {
    kept: counted('mail_parameters_days'),
    asked: counted('mail_parameters_days'),
    byDefault: ({ MAIL_PARAMETERS_DAYS }: Config) => MAIL_PARAMETERS_DAYS,
    about: 'After how many days the text of a mail is removed that waits no longer.',
  },
  products_by: {
    kept: ProductsBy,
    asked: ProductsBy,
    byDefault: (): ProductsBy => 'staff',
    about: 'Who may create products of the catalogue.',
  },
} as const

type Definitions = typeof tenantSettings
export type SettingName = keyof Definitions
export const settingNames = Object.keys(tenantSettings) as SettingName[]

/** The settings that hold for a tenant. */
export type TenantSettings = { [Name in SettingName]: z.output<Definitions[Name]['kept']> }

/** What the admins of a tenant have chosen; a setting that is left out follows its default. */
export type ChosenSettings = Partial<TenantSettings>

const domainIn = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

/** The domains that a tenant may send its mails from. Else an admin could send in the name of anybody. */
export const sendingDomains = (config: Config): string[] => [
  ...new Set([domainIn(senderByDefault(config).address), ...config.MAIL_SENDER_DOMAINS]),
]

export const maySendFrom = (config: Config, address: string): boolean =>
  sendingDomains(config).includes(domainIn(address))

/**
 * What is chosen, as far as it holds. As if it were not set is a value that this version of the program does not know,
 * and a sender whose domain the operator does not let tenants send from any more.
 */
export const chosenIn = (config: Config, stored: Record<string, unknown>): ChosenSettings => {
  const chosen: ChosenSettings = Object.fromEntries(
    settingNames.flatMap((name) => {
      const { success, data } = tenantSettings[name].kept.safeParse(stored[name])
      return success && data !== null ? [[name, data]] : []
    }),
  )
  const { mail_sender: sender, ...others } = chosen
  return sender === undefined || maySendFrom(config, sender.address) ? chosen : others
}

/** The settings of a tenant whose admins have chosen nothing. */
export const defaultsOf = (config: Config, tenant: TenantAsMade): TenantSettings =>
  Object.fromEntries(
    settingNames.map((name) => [name, tenantSettings[name].byDefault(config, tenant)]),
  ) as TenantSettings
