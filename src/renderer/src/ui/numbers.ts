/** How numbers read on screen: four significant digits, units always, zero only where it is exactly zero. */

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** A measured number; `null` is what JSON makes of one that is not finite. */
export function formatNumber(value: number | null): string {
  if (value === null || Number.isNaN(value)) return 'not a number'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-3 || size >= 1e7) return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e')
  if (size >= 1e4) return grouped.format(value)
  return String(Number(value.toPrecision(4)))
}

/** The same at a constant width, for values that update in place: `0.1230`. */
export function formatMeasured(value: number | null): string {
  if (value === null || value === 0) return formatNumber(value)
  const size = Math.abs(value)
  return size < 1e-3 || size >= 1e4 ? formatNumber(value) : value.toPrecision(4)
}

export const formatCount = (value: number): string => grouped.format(value)

/** What a person typed as a setting, shown back without loss: `0.01`, `3.2e-7`. */
export function formatExact(value: number): string {
  const size = Math.abs(value)
  return size !== 0 && size < 1e-4 ? value.toExponential().replace('e+', 'e') : String(value)
}

/** Multiplications and additions for a row, in three digits: `850 FLOPs`, `3.97 kFLOPs`, `12.4 MFLOPs`. */
export function formatOperations(operations: number): string {
  const rounded = Number(operations.toPrecision(3))
  const power = Math.min(4, Math.floor(Math.log10(Math.max(1, rounded)) / 3))
  const prefix = ['', 'k', 'M', 'G', 'T'][power] ?? ''
  return `${Number((rounded / 1000 ** power).toPrecision(3))} ${prefix}FLOPs`
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const kilo = bytes / 1024
  return kilo < 1024 ? `${Number(kilo.toPrecision(3))} KB` : `${Number((kilo / 1024).toPrecision(3))} MB`
}

export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  const rest = Math.round(seconds % 60)
  return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function formatPercent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))} %`
}
