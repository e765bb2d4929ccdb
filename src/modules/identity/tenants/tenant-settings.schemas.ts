import { z } from 'zod'
import { Domain } from '../../../contract/domains.ts'
import { RegistrationMode } from '../../../contract/enums.ts'
import { Warnings } from '../../../contract/warnings.ts'
import type { Config } from '../../../platform/config.ts'

const onOrOff = z.boolean()

/**
 * The settings of a tenant. `kept`: the value as it is kept and read; `asked`: as an admin sends it; `byDefault`: the
 * value of a tenant whose admins have not chosen. A setting needs no more than its entry here, its changes in the event
 * `tenant.settings_changed`, and its default in the environment.
 */
export const tenantSettings = {
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
} as const

type Definitions = typeof tenantSettings
export type SettingName = keyof Definitions
export const settingNames = Object.keys(tenantSettings) as SettingName[]

/** The settings that hold for a tenant. */
export type TenantSettings = { [Name in SettingName]: z.output<Definitions[Name]['kept']> }

/** What the admins of a tenant have chosen; a setting that is left out follows its default. */
export type ChosenSettings = Partial<TenantSettings>

const shown = (kept: z.ZodType, about: string) =>
  z
    .object({
      value: kept.meta({ description: 'What holds.' }),
      default: kept.meta({ description: 'What holds while the admins have not chosen: the environment says it.' }),
      is_set: z
        .boolean()
        .meta({ description: 'Whether an admin has chosen the value, so that it does not follow the default.' }),
    })
    .meta({ description: about })

type ShownAs<Kept extends z.ZodType> = z.ZodObject<{ value: Kept; default: Kept; is_set: z.ZodBoolean }>
type Shown = {
  [Name in SettingName]: Definitions[Name] extends { kept: infer Kept extends z.ZodType } ? ShownAs<Kept> : never
}
type Asked = {
  [Name in SettingName]: Definitions[Name] extends { asked: infer Given extends z.ZodType }
    ? z.ZodOptional<z.ZodNullable<Given>>
    : never
}

export const Settings = z
  .object({
    version: z.int().meta({ description: 'Counts the changes of the settings.', examples: [1] }),
    settings: z
      .object(
        Object.fromEntries(
          settingNames.map((name) => [name, shown(tenantSettings[name].kept, tenantSettings[name].about)]),
        ) as unknown as Shown,
      )
      .meta({ description: 'Every setting, with its value.' }),
    warnings: Warnings,
  })
  .meta({ id: 'Settings' })
export type Settings = z.output<typeof Settings>

export const ChangeSettings = z.strictObject(
  Object.fromEntries(
    settingNames.map((name) => {
      const { asked, about } = tenantSettings[name]
      return [
        name,
        asked
          .nullable()
          .optional()
          .meta({ description: `${about} Null: it follows the default again.` }),
      ]
    }),
  ) as unknown as Asked,
)
export type SettingsChange = z.output<typeof ChangeSettings>
