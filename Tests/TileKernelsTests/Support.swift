@_spi(Host) import HBMSim
import TestSupport
import Testing

/// The axes that lanes may run along in a test of a queries × keys tile: its lines are columns, rows
/// and rows again.
enum Lanes: CaseIterable {
  case queries
  case keys
  case features

  var axis: any Axis.Type {
    switch self {
    case .queries: Queries.self
    case .keys: Keys.self
    case .features: Features.self
    }
  }
}

/// Shapes around the sizes of vectors, for operations element by element.
let mapShapes = [(1, 1), (3, 17), (16, 5), (17, 16), (33, 31), (5, 64), (65, 48)]

/// What `program` leaves in a matrix of `rows` × `columns`, and what it did.
func run<Rows: Axis, Columns: Axis>(
  _ memory: HBM, on machine: Machine = Machine(), lanes: Lanes, rows: Int, columns: Int,
  footprint: Int = 192 << 10,
  _ program: @Sendable (borrowing Core, HBMBlock<Rows, Columns>) -> Void
) throws -> (floats: [Float], execution: Execution) {
  let result: HBMTensor<Rows, Columns> = memory.allocate(
    "result", matrices: 1, rows: rows, columns: columns)
  let launch = Launch(grid: 1, footprint: footprint, lanes: lanes.axis)
  let execution = try machine.launch(launch, memory: memory) { core, _ in
    program(core, result.whole)
  }
  return (memory.floats(of: result), execution)
}

extension HBM {
  /// The floats of a tensor; none where the machine only counts.
  func floats<Rows: Axis, Columns: Axis>(of tensor: HBMTensor<Rows, Columns>) -> [Float] {
    contents(of: tensor)?.withElements { span in span.indices.map { span[$0] } } ?? []
  }

  /// An input.
  func input<Rows: Axis, Columns: Axis>(
    _ name: String, _ floats: [Float], rows: Int, columns: Int
  ) -> HBMBlock<Rows, Columns> {
    let tensor: HBMTensor<Rows, Columns> = place(
      name, HostBuffer(floats), matrices: 1, rows: rows, columns: columns)
    return tensor.whole
  }
}
