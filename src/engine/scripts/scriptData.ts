/** What a script knows of the data it trains on. */
import type { DataShape } from '../compile/program.ts'
import type { ColumnRole, ColumnType } from '../project/project.ts'

export interface ScriptColumn {
  readonly name: string
  readonly type: ColumnType
  readonly role: ColumnRole
  /** The Input or output it belongs to, in networks with several; else null. */
  readonly node: string | null
}

export interface ScriptData {
  /** The table as the script opens it. */
  readonly source: string
  readonly columns: readonly ScriptColumn[]
  readonly shape: DataShape
}
