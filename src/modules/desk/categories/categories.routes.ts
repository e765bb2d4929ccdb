import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { CategoryList, CategoryQuery } from './categories.schemas.ts'
import { categoryOrder, listCategoriesInUse } from './categories.service.ts'

const tag = 'Tickets'

export const categoryRoutes = [
  endpoint({
    id: 'listCategories',
    method: 'get',
    path: '/categories',
    can: 'category:list',
    tag,
    summary: 'List the categories',
    description:
      'Those that an active technician works on, sorted by name. A ticket may be of any other category, too: then its ' +
      'creation answers with the warning `category_without_technicians`.',
    query: CategoryQuery,
    responds: { 200: CategoryList },
    handle: async ({ app, actor, query }) => {
      const key = z.string().min(1).max(200)
      const { rows, page } = await listCategoriesInUse(app, actor, pageRequest(query, categoryOrder, key))
      return { categories: rows, page }
    },
  }),
]
