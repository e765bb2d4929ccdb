import { z } from 'zod'

/** Headers as OpenTelemetry writes them: `name=value`, separated by commas, and the values percent-encoded. */
const traceHeaders = z
  .string()
  .transform((text) => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])))
  .pipe(
    z.array(
      z
        .string()
        .refine((part) => /^[\w-]{1,100} *= *(?:[\x21\x23-\x24\x26-\x7e ]|%(?!7f)[2-7][0-9a-f])+$/i.test(part), {
          error: 'each must be name=value, with what is special in the value percent-encoded',
        }),
    ),
  )
  .transform((parts) =>
    Object.fromEntries(
      parts.map((part) => {
        const at = part.indexOf('=')
        return [part.slice(0, at).trim(), decodeURIComponent(part.slice(at + 1).trim())] as const
      }),
    ),
  )

/** The settings of traces, under the names that OpenTelemetry gave them. */
export const traceSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:4318' })
    .refine((text) => URL.canParse(text) && !/[?#@]/.test(text), { error: 'must have no sign-in, query or fragment' })
    .optional(),
  OTEL_EXPORTER_OTLP_HEADERS: traceHeaders.optional(),
  OTEL_SERVICE_NAME: z.string().trim().min(1).max(100).default('counterdesk'),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, { error: 'must be a share between 0 and 1, such as 0.1' })
    .transform(Number)
    .default(1),
}
