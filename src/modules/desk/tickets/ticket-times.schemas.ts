import { TimeZone } from '../../../contract/time-zones.ts'
import { timeShape } from '../../../platform/schemas.ts'

const from = (happened: string, sort: string) =>
  timeShape.optional().meta({
    description: `${happened} at this moment or later. Fastest with \`sort=-${sort}\` or \`${sort}\`.`,
    examples: ['2026-11-01'],
  })
const to = (happened: string, beginning: string) =>
  timeShape.optional().meta({
    description: `${happened} before this moment, or until the end of this day. Fastest as \`${beginning}\`.`,
    examples: ['2026-11-30'],
  })

/** The filters of lists by time, as they are sent. `inZone` reads the days. */
export const timeFilters = {
  raised_from: from('Created', 'raised_date'),
  raised_to: to('Created', 'raised_from'),
  updated_from: from('Changed last', 'updated_at'),
  updated_to: to('Changed last', 'updated_from'),
  resolved_from: from('Resolved', 'resolved_date'),
  resolved_to: to('Resolved', 'resolved_from'),
  zone: TimeZone.optional().meta({
    description: 'The time zone of days in the filters, such as `Europe/Berlin`. Default: that of the tenant.',
    examples: ['Europe/Berlin'],
  }),
}
