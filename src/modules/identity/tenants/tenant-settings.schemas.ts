import { z } from 'zod'
import { Warnings } from '../../../contract/warnings.ts'
import { type SettingName, settingNames, tenantSettings } from './known-settings.schemas.ts'

const shown = (kept: z.ZodType, about: string) =>
  z
    .object({
      value: kept.meta({ description: 'What holds.' }),
      default: kept.meta({
        description: 'What holds while the admins have not chosen: mostly, the environment says it.',
      }),
      is_set: z
        .boolean()
        .meta({ description: 'Whether an admin has chosen the value, so that it does not follow the default.' }),
    })
    .meta({ description: about })

type ShownAs<Kept extends z.ZodType> = z.ZodObject<{ value: Kept; default: Kept; is_set: z.ZodBoolean }>
type Definitions = typeof tenantSettings
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

/** What whoever creates a tenant may choose at once, so that already the first mail speaks its language. */
export const FirstSettings = z.strictObject({
  languages: tenantSettings.languages.asked.optional().meta({
    description: `${tenantSettings.languages.about} Left out: as \`LANGUAGES\` says.`,
    examples: [['de', 'en']],
  }),
  time_zone: tenantSettings.time_zone.asked.optional().meta({
    description: `${tenantSettings.time_zone.about} Left out: as \`TIME_ZONE\` says.`,
    examples: ['Europe/Berlin'],
  }),
})
export type FirstSettings = z.output<typeof FirstSettings>

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
