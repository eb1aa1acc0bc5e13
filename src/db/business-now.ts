// Business time in SQL: the database's time plus the sandbox's offset, which is zero where nobody moved the clock.
import { SHARD } from '../ids.ts'

/** An expression for the business time of this moment, to the microsecond. */
export const BUSINESS_NOW = `(clock_timestamp()
  + make_interval(secs => coalesce((select offset_seconds from business_clock where shard = ${SHARD}), 0)))`
