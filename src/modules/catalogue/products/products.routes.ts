import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { withinQuotas } from '../../identity/accounts/quotas.service.ts'
import { CreateProduct, Product, ProductList, ProductParams, ProductQuery, UpdateProduct } from './products.schemas.ts'
import {
  createProduct,
  getProduct,
  isProductCreator,
  listAllProducts,
  productOrder,
  updateProduct,
} from './products.service.ts'

const tag = 'Catalogue'

/** PUT and PATCH do the same: members that are left out stay as they are. PATCH must say which version it changes. */
const updateEndpoint = (method: 'put' | 'patch') =>
  endpoint({
    id: method === 'patch' ? 'updateProduct' : 'putProduct',
    method,
    path: '/products/:productId',
    can: 'product:update',
    tag,
    summary: 'Change a product',
    description:
      'For its owner and admins. Members that are left out stay as they are, and the product may be sent back whole. Orders ' +
      'that were made before keep their title and price. 0 units: nobody can order it any more.',
    params: ProductParams,
    body: UpdateProduct,
    echoes: Product,
    takesIfMatch: true,
    needsIfMatch: method === 'patch',
    responds: { 200: Product },
    fails: ['product_not_found', 'stale_version', 'units_in_use'],
    handle: (call) => {
      const { body: change, ifMatch, echoed } = call
      return updateProduct(call.app, call, call.params.productId, { change, ifMatch, echoed })
    },
  })

export const productRoutes = [
  endpoint({
    id: 'listProducts',
    method: 'get',
    path: '/products',
    can: 'product:list',
    tag,
    summary: 'List products',
    description: 'What can be ordered, in the order of the numbers. Everybody sees every product of the tenant.',
    query: ProductQuery,
    responds: { 200: ProductList },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => {
      const { rows, page } = await listAllProducts(app, actor, query, pageRequest(query, productOrder, z.int()))
      return { products: rows, page, may_create: await isProductCreator(app, actor) }
    },
  }),
  endpoint({
    id: 'createProduct',
    method: 'post',
    path: '/products',
    can: 'product:create',
    tag,
    summary: 'Create a product',
    description:
      'For the staff, and for everybody where the setting `products_by` says so. Who creates a product owns it, and may ' +
      'change it. Each product counts for the quota of tickets.',
    body: CreateProduct,
    responds: { 201: Product },
    responseHeaders: { Location: 'The path of the new product.' },
    fails: ['quota_exceeded'],
    handle: (call) =>
      withinQuotas(call.app, call.actor, { tickets: 1 }, () => createProduct(call.app, call, call.body)),
    answer: (product) => ({
      status: 201,
      body: product,
      headers: { Location: `/api/products/${product.product_id}` },
    }),
  }),
  endpoint({
    id: 'getProduct',
    method: 'get',
    path: '/products/:productId',
    can: 'product:read',
    tag,
    summary: 'Read a product',
    params: ProductParams,
    responds: { 200: Product },
    fails: ['product_not_found'],
    handle: ({ app, actor, params }) => getProduct(app.pool, actor, params.productId),
  }),
  updateEndpoint('put'),
  updateEndpoint('patch'),
]
