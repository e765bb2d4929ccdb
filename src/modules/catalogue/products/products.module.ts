import type { Module } from '../../../platform/module.ts'
import { productRoutes } from './products.routes.ts'

export const products: Module = {
  name: 'catalogue/products',
  routes: productRoutes,
  tenantTables: ['products', 'product_units'],
}
