@_spi(Host) import HBMSim
import SIMDKernels
import TestSupport
import Testing

/// Where tile operations are tried: an instruction set, and the axis that lanes run along.
///
/// The axis decides which tiles lie in memory by columns: all four together reach every layout of
/// every operand.
struct Setting: Sendable, CustomTestStringConvertible {
  let set: InstructionSet
  let lanes: any Axis.Type

  var testDescription: String { "\(set), lanes along \(lanes)" }

  static let all = InstructionSet.available.flatMap { set in
    ([Queries.self, Keys.self, Features.self, ValueFeatures.self] as [any Axis.Type])
      .map { Setting(set: set, lanes: $0) }
  }
}

/// Sizes that hurt: one, less than a vector, vectors and one more, strides of 64 and 112 floats.
let sizes = [1, 7, 16, 17, 33, 64, 100]

/// Rows and columns, all pairs.
let shapes = sizes.flatMap { rows in sizes.map { (rows, $0) } }

/// A machine, its memory and a program that reads inputs and writes outputs.
struct Bench {
  private let machine: Machine
  private let memory: HBM
  private let lanes: any Axis.Type

  init(_ setting: Setting, mode: Machine.Mode = .execute) {
    machine = Machine(sram: .unlimited, mode: mode, threads: 1, simd: setting.set)
    memory = machine.makeMemory()
    lanes = setting.lanes
  }

  /// A matrix in HBM, as one block.
  func input<Rows: Axis, Columns: Axis>(_ matrix: Matrix) -> HBMBlock<Rows, Columns> {
    let tensor: HBMTensor<Rows, Columns> = memory.place(
      "input", HostBuffer(matrix.floats), matrices: 1, rows: matrix.rows, columns: matrix.columns)
    return tensor.whole
  }

  /// Room for a matrix in HBM.
  func output<Rows: Axis, Columns: Axis>(
    _ rows: Int, _ columns: Int
  ) -> HBMTensor<Rows, Columns> {
    memory.allocate("output", matrices: 1, rows: rows, columns: columns)
  }

  /// What the program computed.
  func run(_ program: @Sendable (borrowing Core) -> Void) throws -> Operations {
    let launch = Launch(grid: 1, footprint: .max, lanes: lanes)
    return try machine.launch(launch, memory: memory) { core, _ in program(core) }.operations
  }

  /// The floats of an output.
  func floats<Rows: Axis, Columns: Axis>(of tensor: HBMTensor<Rows, Columns>) -> [Float] {
    memory.contents(of: tensor)!.withElements { span in span.indices.map { span[$0] } }
  }
}

extension HBMTensor {
  /// Its only matrix, as one block.
  var whole: HBMBlock<Rows, Columns> { self[0].blocks(rows: rows)[0] }
}

extension SeededGenerator {
  /// A matrix of floats, uniform in a range.
  mutating func matrix(
    _ rows: Int, _ columns: Int, in range: ClosedRange<Float> = -1...1
  ) -> Matrix {
    Matrix(rows: rows, columns: columns, floats(rows * columns, in: range))
  }
}
