import { expect, test } from 'vitest'
import { TimeZone } from '../contract/time-zones.ts'
import { daysWithin, startOfDay, timeInZone } from './zoned-days.ts'

test.each([
  ['2026-03-29', 'UTC', '2026-03-29T00:00:00.000Z', 24],
  ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z', 23],
  ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00.000Z', 25],
  ['2026-11-26', 'Asia/Kathmandu', '2026-11-25T18:15:00.000Z', 24],
  ['2026-11-26', 'Pacific/Kiritimati', '2026-11-25T10:00:00.000Z', 24],
  ['2026-11-26', 'Etc/GMT+12', '2026-11-26T12:00:00.000Z', 24],
  // Half an hour of summer time.
  ['2026-04-05', 'Australia/Lord_Howe', '2026-04-04T13:00:00.000Z', 24.5],
  // The clock goes from 24:00 to 01:00: the day begins at one.
  ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00.000Z', 23],
  ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z', 23],
  // The clock goes from 24:00 back to 23:00: the day before has that hour twice.
  ['2018-02-17', 'America/Sao_Paulo', '2018-02-17T02:00:00.000Z', 25],
  // Samoa left this day out.
  ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 0],
  // Before zones, with seconds.
  ['1850-01-01', 'Europe/Amsterdam', expect.stringContaining('1849-12-31T23:4'), 24],
])('%s in %s begins at %s and has %s hours', (day, zone, from, hours) => {
  expect(startOfDay(day, zone)).toEqual(from)
  const length = Date.parse(startOfDay(day, zone, 1)) - Date.parse(startOfDay(day, zone))
  expect(length / 3_600_000).toBe(hours)
})

test('days lie side by side, and none is missing', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Africa/Cairo', 'Asia/Gaza', 'America/Havana']) {
    const days = daysWithin('2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z', zone, 400) ?? []
    expect(days.length).toBeGreaterThan(364)
    for (const [index, { day, from, to }] of days.entries()) {
      expect(from < to && (days[index + 1]?.from ?? to) === to).toBe(true)
      // The first and the last moment are of the day.
      const first = daysWithin(from, new Date(Date.parse(from) + 1).toISOString(), zone, 1)
      const last = daysWithin(new Date(Date.parse(to) - 1).toISOString(), to, zone, 1)
      expect([first?.[0]?.day, last?.[0]?.day]).toEqual([day, day])
    }
  }
})

test('a part of a time touches so many days, or too many', () => {
  const [from, to] = ['2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z']
  expect(daysWithin(from, to, 'UTC', 31)).toHaveLength(31)
  expect(daysWithin(from, to, 'Europe/Berlin', 31)).toBeNull()
  expect(daysWithin(from, to, 'UTC', 30)).toBeNull()
  expect(daysWithin(to, from, 'UTC', 31)).toEqual([])
  expect(daysWithin(from, from, 'UTC', 31)).toEqual([])
  expect(startOfDay('0001-01-01', 'Asia/Tokyo')).toBe('0001-01-01T00:00:00.000Z')
  expect(startOfDay('9999-12-31', 'UTC', 1)).toBe('9999-12-31T23:59:59.999Z')
})

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Etc/GMT+5', true],
  ['Asia/Calcutta', true],
  ['Mars/Phobos', false],
  ['+01:00', false],
  ['', false],
  ['Europe/Berlin ', false],
  [`Europe/${'x'.repeat(80)}`, false],
])('%j is a time zone: %s', (name, isOne) => {
  expect(TimeZone.safeParse(name).success).toBe(isOne)
})

test.each([
  ['2026-11-26T13:30Z', 'Europe/Berlin', '2026-11-26 14:30 Europe/Berlin'],
  ['2026-06-30T23:59Z', 'Asia/Kathmandu', '2026-07-01 05:44 Asia/Kathmandu'],
  ['2026-11-26T13:30Z', 'Nowhere/At_All', null],
  ['some day', 'Europe/Berlin', null],
])('shows %s as the clocks of %s do', (moment, zone, shown) => {
  expect(timeInZone(moment, zone)).toBe(shown)
})
