import type { CategoryName } from './texts.ts'

// All addresses end in example.com, which belongs to nobody (RFC 2606).

export interface DemoAdmin {
  userId: string
  name: string
  email: string
}

export interface DemoTechnician extends DemoAdmin {
  phone: string
  category: CategoryName
  /** False: on leave at the moment. */
  isAvailable: boolean
}

export interface DemoCustomer {
  name: string
  email: string
  /** How many days ago the customer came; when the desk was opened, if left out. */
  joinedDaysAgo?: number
  /** True: the admin invited the customer, who has not set a password yet and calls the desk by telephone. */
  isInvited?: boolean
}

export const admin: DemoAdmin = { userId: 'dana', name: 'Dana Whitfield', email: 'dana.whitfield@desk.example.com' }

/** A program of the desk. */
export const monitoring = { name: 'Monitoring', role: 'technician', category: 'Network' } as const

export const technicians: DemoTechnician[] = [
  {
    userId: 'noor',
    name: 'Noor Haddad',
    email: 'noor.haddad@desk.example.com',
    phone: '+44 117 496 0101',
    category: 'Network',
    isAvailable: true,
  },
  {
    userId: 'felix',
    name: 'Felix Brandt',
    email: 'felix.brandt@desk.example.com',
    phone: '+44 117 496 0102',
    category: 'Hardware',
    isAvailable: true,
  },
  {
    userId: 'yuki',
    name: 'Yuki Tanaka',
    email: 'yuki.tanaka@desk.example.com',
    phone: '+44 117 496 0103',
    category: 'Software',
    isAvailable: true,
  },
  {
    userId: 'rosa',
    name: 'Rosa Delgado',
    email: 'rosa.delgado@desk.example.com',
    phone: '+44 117 496 0104',
    category: 'Accounts',
    isAvailable: true,
  },
  {
    userId: 'liam',
    name: 'Liam O’Connor',
    email: 'liam.oconnor@desk.example.com',
    phone: '+44 117 496 0105',
    category: 'Software',
    isAvailable: true,
  },
  {
    userId: 'agnes',
    name: 'Agnes Kowalska',
    email: 'agnes.kowalska@desk.example.com',
    phone: '+44 117 496 0106',
    category: 'Hardware',
    isAvailable: false,
  },
]

/** Left before the first ticket, and is deactivated. */
export const formerTechnician: DemoTechnician = {
  userId: 'priya',
  name: 'Priya Raman',
  email: 'priya.raman@desk.example.com',
  phone: '+44 117 496 0108',
  category: 'Network',
  isAvailable: true,
}

export const customers: DemoCustomer[] = [
  { name: 'Hannah Reed', email: 'hannah.reed@harbour.example.com' },
  { name: 'Tom Okafor', email: 'tom.okafor@harbour.example.com' },
  { name: 'Ingrid Solberg', email: 'ingrid.solberg@harbour.example.com' },
  { name: 'Marcus Bell', email: 'marcus.bell@harbour.example.com' },
  { name: 'Sofia Marchetti', email: 'sofia.marchetti@harbour.example.com' },
  { name: 'Daniel Fischer', email: 'daniel.fischer@millbrook.example.com' },
  { name: 'Amara Nwosu', email: 'amara.nwosu@millbrook.example.com' },
  { name: 'Peter Lindqvist', email: 'peter.lindqvist@millbrook.example.com' },
  { name: 'Claire Dubois', email: 'claire.dubois@millbrook.example.com' },
  { name: 'Rajesh Iyer', email: 'rajesh.iyer@millbrook.example.com' },
  { name: 'Emily Carter', email: 'emily.carter@quayside.example.com' },
  { name: 'Viktor Novak', email: 'viktor.novak@quayside.example.com' },
  { name: 'Grace Mensah', email: 'grace.mensah@quayside.example.com' },
  { name: 'Henrik Jensen', email: 'henrik.jensen@quayside.example.com' },
  { name: 'Leila Farahani', email: 'leila.farahani@quayside.example.com', joinedDaysAgo: 44 },
  { name: 'Joe Harrington', email: 'joe.harrington@quayside.example.com', joinedDaysAgo: 38 },
  { name: 'Beatriz Almeida', email: 'beatriz.almeida@linden.example.com', joinedDaysAgo: 31 },
  { name: 'Owen Price', email: 'owen.price@linden.example.com', joinedDaysAgo: 22 },
  { name: 'Mei-Ling Chen', email: 'meiling.chen@linden.example.com', joinedDaysAgo: 12 },
  { name: 'Gerald Ashby', email: 'gerald.ashby@linden.example.com', joinedDaysAgo: 3, isInvited: true },
]
