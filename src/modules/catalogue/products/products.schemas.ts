import { z } from 'zod'
import { ProductKind } from '../../../contract/enums.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { line, listParameter, publicId, searchText, timestamp } from '../../../platform/schemas.ts'
import { Category } from '../../identity/technicians/technicians.schemas.ts'

/** How many units a product has at most. */
export const unitsAtMost = 1_000
const priceAtMost = 100_000_000_000

export const ProductId = publicId('PRD').meta({ description: 'A product, like PRD0001.', examples: ['PRD0001'] })
export const ProductParams = z.object({ productId: ProductId })

const currencies = new Set(Intl.supportedValuesOf('currency'))

/** A currency of ISO 4217. Small letters become capital ones. */
const Currency = z
  .string()
  .regex(/^[A-Za-z]{3}$/, { error: 'must be a currency of ISO 4217 such as EUR', abort: true })
  .transform((code) => code.toUpperCase())
  .refine((code) => currencies.has(code), { error: 'must be a currency of ISO 4217 such as EUR' })

const price = {
  description: 'In the smallest unit of the currency, such as cents. 0: it costs nothing.',
  examples: [4_900],
}
const currency = { description: 'The currency of the price, in ISO 4217.', examples: ['EUR'] }
const category = {
  description: 'What it belongs to. A ticket that an order raises gets this category.',
  examples: ['Hardware'],
}
const title = { description: 'What it is called.', examples: ['Projector with case'] }
const units = { description: 'How many units there are, 0 to 1000. 0: nobody can order it.', examples: [3] }

/** What a product offers, as its orders repeat it. */
export const offer = {
  title: z.string().meta(title),
  price: z.int().meta(price),
  currency: z.string().meta(currency),
  kind: ProductKind,
  category: z.string().meta(category),
}

export const Product = z
  .object({
    product_id: z.string().meta({ description: 'The number of the product.', examples: ['PRD0001'] }),
    ...offer,
    units: z.int().meta(units),
    units_free: z.int().meta({ description: 'How many of them can be ordered now.', examples: [2] }),
    owner_id: z
      .string()
      .nullable()
      .meta({
        description: 'Who created it. Null for customers, unless they did.',
        examples: ['TEC0001'],
      }),
    owner_name: z
      .string()
      .nullable()
      .meta({ description: 'The name of the owner; null where `owner_id` is.', examples: ['Tess Ahmadi'] }),
    version: z.int().meta({ description: 'Grows with each change of the product.', examples: [1] }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Product' })
export type Product = z.output<typeof Product>

/** A product that a change has locked. */
export const LockedProduct = Product.extend({ owner: z.string() })
export type LockedProduct = z.output<typeof LockedProduct>

const members = {
  title: line(200).meta(title),
  price: z.int().min(0).max(priceAtMost).meta(price),
  currency: Currency.meta(currency),
  kind: ProductKind,
  category: Category.meta(category),
  units: z.int().min(0).max(unitsAtMost).meta(units),
}

const example = {
  title: 'Projector with case',
  price: 0,
  currency: 'EUR',
  kind: 'loan',
  category: 'Hardware',
  units: 3,
} as const

export const CreateProduct = z
  .strictObject({
    ...members,
    units: members.units.optional().meta({ description: `${units.description} Default: 1.` }),
  })
  .meta({ id: 'CreateProduct', examples: [example] })
export type CreateProduct = z.output<typeof CreateProduct>

/** The members that somebody chooses. */
export const chosenMembers = ['title', 'price', 'currency', 'kind', 'category', 'units'] as const
export type ChosenProduct = Pick<Product, (typeof chosenMembers)[number]>

export const UpdateProduct = z
  .strictObject(members)
  .partial()
  .meta({ id: 'UpdateProduct', examples: [{ price: 5_900, units: 4 }] })
export type UpdateProduct = z.output<typeof UpdateProduct>

const Me = z.enum(['me']).meta({ id: 'ProductOwner', description: 'The account that is signed in.' })
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

export const ProductQuery = z.strictObject({
  ...pageQuery,
  q: searchText.optional().meta({ description: 'A part of the number or of the title.', examples: ['projector'] }),
  kind: listParameter(ProductKind, 10).optional().meta({ description: 'Any of these kinds.' }),
  category: Category.optional().meta({ description: 'One category. Upper and lower case are equal.' }),
  available: flag.optional().meta({ description: '`true`: only what can be ordered now. `false`: only what cannot.' }),
  owner: Me.optional().meta({ description: '`me`: only your own.' }),
})
export type ProductFilter = Partial<Omit<z.output<typeof ProductQuery>, 'limit' | 'cursor'>>

export const ProductList = z
  .object({
    products: z.array(Product),
    may_create: z.boolean().meta({ description: 'Whether you may create products.', examples: [true] }),
    page: Page,
  })
  .meta({ id: 'ProductList' })
