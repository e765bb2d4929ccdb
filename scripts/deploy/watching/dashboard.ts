import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import { ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common'
import {
  type Dashboard,
  DashboardBuilder,
  type DataSourceRef,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

/** The data source and the job are chosen at the top of the dashboard. */
const source: DataSourceRef = { type: 'prometheus', uid: '$source' }

/** A query, and what its lines are called. */
type Query = [expression: string, legend: string]

/** A line through time. */
interface Graph {
  title: string
  /** What the reader should know, and which alert looks at it. */
  about: string
  unit: string
  queries: Query[]
}

const targetOf = ([expression, legend]: Query, index: number): DataqueryBuilder =>
  new DataqueryBuilder().datasource(source).refId('ABCDEF'.charAt(index)).expr(expression).legendFormat(legend)

const graphOf = ({ title, about, unit, queries }: Graph): Builder<Panel> =>
  new TimeseriesBuilder()
    .title(title)
    .description(about)
    .datasource(source)
    .unit(unit)
    .min(0)
    .span(8)
    .height(8)
    .targets(queries.map(targetOf))

const statOf = (title: string, unit: string, expression: string): Builder<Panel> =>
  new StatBuilder()
    .title(title)
    .datasource(source)
    .unit(unit)
    .span(4)
    .height(4)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .withTarget(targetOf([expression, ''], 0))

const requests = 'http_request_duration_seconds'

const stats: Builder<Panel>[] = [
  statOf('Requests', 'reqps', `sum(rate(${requests}_count{job=~"$job"}[$__rate_interval]))`),
  statOf(
    'Failed here',
    'percentunit',
    `sum(rate(${requests}_count{job=~"$job",status=~"5.."}[$__rate_interval])) / sum(rate(${requests}_count{job=~"$job"}[$__rate_interval]))`,
  ),
  statOf('Fan-out behind', 's', 'max(counterdesk_fan_out_lag_seconds{job=~"$job"})'),
  statOf('Mails waiting', 'short', 'sum(counterdesk_mails_waiting{job=~"$job"})'),
  statOf('Open streams', 'short', 'sum(counterdesk_open_streams{job=~"$job"})'),
  statOf('Files missing', 'short', 'max(counterdesk_attachments_missing{job=~"$job"})'),
]

const quantile = (share: number): Query => [
  `histogram_quantile(${share}, sum by (le) (rate(${requests}_bucket{job=~"$job",route!~"/events.*"}[$__rate_interval])))`,
  `${share * 100} %`,
]

const rows: { title: string; graphs: Graph[] }[] = [
  {
    title: 'Requests',
    graphs: [
      {
        title: 'Requests by status',
        about: 'CounterdeskRequestsFail looks at 5xx.',
        unit: 'reqps',
        queries: [[`sum by (status) (rate(${requests}_count{job=~"$job"}[$__rate_interval]))`, '{{status}}']],
      },
      {
        title: 'Time of requests',
        about: 'Without calls that wait for news. CounterdeskRequestsSlow looks at 95 %.',
        unit: 's',
        queries: [quantile(0.5), quantile(0.95), quantile(0.99)],
      },
      {
        title: 'Slowest routes',
        about: 'The mean time of the ten routes that take longest.',
        unit: 's',
        queries: [
          [
            `topk(10, sum by (method, route) (rate(${requests}_sum{job=~"$job",route!~"/events.*"}[$__rate_interval])) / sum by (method, route) (rate(${requests}_count{job=~"$job",route!~"/events.*"}[$__rate_interval])))`,
            '{{method}} {{route}}',
          ],
        ],
      },
    ],
  },
  {
    title: 'What follows from them',
    graphs: [
      {
        title: 'Mails',
        about: 'Attempts by outcome. CounterdeskMailServerAway and CounterdeskMailsFail look at them.',
        unit: 'short',
        queries: [['sum by (outcome) (rate(counterdesk_mails_total{job=~"$job"}[$__rate_interval]))', '{{outcome}}']],
      },
      {
        title: 'Webhooks',
        about: 'Attempts by outcome. CounterdeskWebhooksFail looks at them.',
        unit: 'short',
        queries: [
          ['sum by (outcome) (rate(counterdesk_webhook_attempts_total{job=~"$job"}[$__rate_interval]))', '{{outcome}}'],
        ],
      },
      {
        title: 'Jobs',
        about: 'Jobs by task and outcome. CounterdeskJobsFail and CounterdeskNoJobs look at them.',
        unit: 'short',
        queries: [
          [
            'sum by (task, outcome) (increase(counterdesk_jobs_total{job=~"$job"}[$__rate_interval]))',
            '{{task}} {{outcome}}',
          ],
        ],
      },
      {
        title: 'Waiting',
        about: 'Mails that are not handed over, by state.',
        unit: 'short',
        queries: [['sum by (state) (counterdesk_mails_waiting{job=~"$job"})', '{{state}}']],
      },
      {
        title: 'Behind',
        about: 'The fan-out, and the oldest open transaction. CounterdeskFanOutLags, CounterdeskLongTransaction.',
        unit: 's',
        queries: [
          ['max(counterdesk_fan_out_lag_seconds{job=~"$job"})', 'fan-out'],
          ['max(counterdesk_settled_seconds_behind{job=~"$job"})', 'oldest transaction'],
        ],
      },
      {
        title: 'Relay to NATS',
        about: 'The age of the oldest event that is not in the stream. CounterdeskRelayLags, CounterdeskRelayDown.',
        unit: 's',
        queries: [
          ['min by (job) (counterdesk_relay_lag_seconds{job=~"$job"})', 'behind'],
          ['max by (job) (counterdesk_relay_up{job=~"$job"})', 'up'],
        ],
      },
      {
        title: 'Clean-ups',
        about: 'Rows that went, and what failed. CounterdeskCleanUpFails.',
        unit: 'short',
        queries: [
          ['sum by (name) (increase(counterdesk_clean_up_rows_total{job=~"$job"}[1h]))', '{{name}}'],
          ['sum by (name) (increase(counterdesk_clean_up_failures_total{job=~"$job"}[1h]))', '{{name}} failed'],
        ],
      },
    ],
  },
  {
    title: 'The program and its database',
    graphs: [
      {
        title: 'Connections',
        about: 'CounterdeskNoConnection looks at those that wait.',
        unit: 'short',
        queries: [
          ['sum by (state) (counterdesk_pool_connections{job=~"$job"})', '{{state}}'],
          ['sum(counterdesk_requests_waiting{job=~"$job"})', 'requests waiting for a turn'],
        ],
      },
      {
        title: 'Event loop',
        about: 'CounterdeskEventLoopBlocked looks at 99 %.',
        unit: 's',
        queries: [['max by (instance) (nodejs_eventloop_lag_p99_seconds{job=~"$job"})', '{{instance}}']],
      },
      {
        title: 'Processor and memory',
        about: 'Seconds of processor time a second, and resident memory.',
        unit: 'short',
        queries: [
          ['sum by (instance) (rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval]))', '{{instance}} CPU'],
          ['sum by (instance) (process_resident_memory_bytes{job=~"$job"}) / 1e9', '{{instance}} GB'],
        ],
      },
      {
        title: 'Largest tables',
        about: 'With indexes. Which of them may grow for ever: Growth in docs/operations.md.',
        unit: 'bytes',
        queries: [['topk(10, max by (table) (counterdesk_table_bytes{job=~"$job"}))', '{{table}}']],
      },
      {
        title: 'Rows of tables',
        about: 'As PostgreSQL estimates them.',
        unit: 'short',
        queries: [['topk(10, max by (table) (counterdesk_table_rows{job=~"$job"}))', '{{table}}']],
      },
      {
        title: 'Streams cut, traces lost',
        about: 'CounterdeskTracesLost.',
        unit: 'short',
        queries: [
          [
            'sum by (reason) (increase(counterdesk_cut_streams_total{job=~"$job"}[$__rate_interval]))',
            'cut: {{reason}}',
          ],
          [
            'sum by (outcome) (increase(counterdesk_trace_batches_total{job=~"$job"}[$__rate_interval]))',
            'batches {{outcome}}',
          ],
        ],
      },
    ],
  },
]

/** The dashboard for Grafana, as the object that Grafana imports. */
export const dashboard = (): Dashboard => {
  const builder = new DashboardBuilder('Counterdesk')
    .uid('counterdesk')
    .tags(['counterdesk'])
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('source').label('Data source').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('job')
        .label('Job')
        .datasource(source)
        .query('label_values(counterdesk_build_info, job)')
        .refresh(VariableRefresh.OnDashboardLoad)
        .current({ text: 'All', value: '$__all' })
        .includeAll(true)
        .multi(true),
    )
  for (const panel of stats) builder.withPanel(panel)
  for (const { title, graphs } of rows) {
    builder.withRow(new RowBuilder(title))
    for (const graph of graphs) builder.withPanel(graphOf(graph))
  }
  return builder.build()
}
