import { AppError } from '../errors.ts'

/** The error for an address that the program does not have, or not for this caller. */
export const nothingHere = (): AppError =>
  new AppError('route_not_found', { detail: 'There is nothing at this address. /api/docs shows what there is.' })
