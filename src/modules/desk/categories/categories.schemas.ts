import { z } from 'zod'
import { Page, pageQuery } from '../../../platform/paging.ts'

const CategoryCount = z
  .object({
    category: z
      .string()
      .meta({ description: 'As the first of its technicians has it. Upper and lower case are equal.' }),
    technicians: z.int().meta({ description: 'How many active technicians work on the category.' }),
    available: z.int().meta({ description: 'How many of them can take tickets now, because they are not away.' }),
  })
  .meta({ id: 'CategoryCount' })

/** A row of the list, with the form by which categories are compared and sorted. */
export const CategoryRow = CategoryCount.extend({ key: z.string() })
export type CategoryRow = z.output<typeof CategoryRow>

export const CategoryQuery = z.strictObject(pageQuery)
export const CategoryList = z.object({ categories: z.array(CategoryCount), page: Page }).meta({ id: 'CategoryList' })
