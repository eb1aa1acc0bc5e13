// What Prometheus is told. Label sets are made once for each route and status, so that a request only adds to numbers.
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  /** What counts the requests of a route: called with the status and the seconds it took. */
  forRoute(face: string, route: string): (status: number, seconds: number) => void
  readonly laneBatchSize: Histogram
  readonly laneDecideSeconds: Histogram
  readonly laneCommitSeconds: Histogram
}

/** What a pool says of its connections. */
export interface PoolCounts {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
}

/** What is asked for its state when somebody reads the metrics. */
export interface Watched {
  readonly pool?: PoolCounts
  /** Commands waiting for a batch. */
  readonly queued?: () => number
  /** What the unknown inbox holds, by kind. */
  readonly inbox?: () => Promise<readonly { readonly kind: string; readonly count: number }[]>
}

const NO_POOL: PoolCounts = { totalCount: 0, idleCount: 0, waitingCount: 0 }

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The process's metrics (event loop, memory, garbage collection) and Florin's own, in a registry of their own. */
export function createMetrics({ pool = NO_POOL, queued = () => 0, inbox = async () => [] }: Watched = {}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'florin_http_request_seconds',
    help: 'Time to answer a request, by face, route and status.',
    labelNames: ['face', 'route', 'status'],
    buckets: SECONDS,
    registers,
  })
  new Gauge({
    name: 'florin_pool_connections',
    help: 'Database connections of the pool, by state; waiting are callers without one.',
    labelNames: ['state'],
    registers,
    collect() {
      const { totalCount, idleCount, waitingCount } = pool
      this.set({ state: 'busy' }, totalCount - idleCount)
      this.set({ state: 'idle' }, idleCount)
      this.set({ state: 'waiting' }, waitingCount)
    },
  })
  new Gauge({
    name: 'florin_lane_queue_depth',
    help: 'Commands waiting for a batch.',
    registers,
    collect() {
      this.set(queued())
    },
  })
  new Gauge({
    name: 'florin_inbox_items',
    help: 'Operations that are not known yet (waiting), and open cases by kind.',
    labelNames: ['kind'],
    registers,
    async collect() {
      // Whoever asks while the database is away still gets the rest; /readyz says that it is away.
      for (const { kind, count } of await inbox().catch(() => [])) this.set({ kind }, count)
    },
  })
  const seconds = (name: string, help: string) => new Histogram({ name, help, buckets: SECONDS, registers })
  return {
    registry,
    forRoute: (face, route) => observer(requests, face, route),
    laneBatchSize: new Histogram({
      name: 'florin_lane_batch_size',
      help: 'Commands in a batch.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
      registers,
    }),
    laneDecideSeconds: seconds('florin_lane_decide_seconds', 'Time to decide a batch.'),
    laneCommitSeconds: seconds('florin_lane_commit_seconds', 'Time to write and commit a batch.'),
  }
}

function observer(requests: Histogram, face: string, route: string): (status: number, seconds: number) => void {
  const byStatus = new Map<number, ReturnType<Histogram['labels']>>()
  return (status, seconds) => {
    let histogram = byStatus.get(status)
    if (!histogram) {
      histogram = requests.labels(face, route, String(status))
      byStatus.set(status, histogram)
    }
    histogram.observe(seconds)
  }
}
