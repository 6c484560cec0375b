import { create, toBinary } from '@bufbuild/protobuf'
import {
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
} from '#engine/onnx/onnx_pb.js'

/** A model without nodes whose two float32 numbers are in the file it calls by this name. */
export function modelWithNumbersIn(location: string): Uint8Array {
  const initializer = {
    name: 'numbers',
    dims: [2n],
    dataType: DataType.FLOAT,
    dataLocation: DataLocation.EXTERNAL,
    externalData: [{ key: 'location', value: location }],
  }
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 15n }],
    graph: { name: 'model', initializer: [initializer] },
  })
  return toBinary(ModelProtoSchema, model)
}
