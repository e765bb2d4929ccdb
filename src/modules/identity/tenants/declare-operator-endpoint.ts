import { endpointFor } from '../../../platform/http/endpoint.ts'

/** Declares an endpoint for whoever runs the program: it takes `PLATFORM_TOKEN`, and belongs to no tenant. */
export const operatorEndpoint = endpointFor<null, 'operator'>()
