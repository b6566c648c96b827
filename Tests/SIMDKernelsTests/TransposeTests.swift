import KernelInterface
import SIMDKernels
import TestSupport
import Testing

@Suite("Kernels.transpose")
struct TransposeTests {
  @Test("turns all small shapes, and stops at the edges", arguments: InstructionSet.available)
  func values(set: InstructionSet) {
    for rows in [0] + laneCounts {
      for columns in lineCounts {
        for (rows, columns) in [(rows, columns), (columns, rows)] {
          let source = GuardedMatrix(lines: rows, lanes: columns) { Float($0 * 1000 + $1) }
          let target = GuardedMatrix(lines: columns, lanes: rows, isExact: true)
          set.kernels.transpose(
            source.base, rows, columns, source.stride, target.base, target.stride)
          #expect(
            target.fault { $2 == Float($1 * 1000 + $0) } == nil, "\(rows) rows, \(columns) columns")
        }
      }
    }
  }
}
