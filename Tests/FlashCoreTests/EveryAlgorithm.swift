import FlashCore
import HBMSim
import Testing

extension Problem {
  /// Expects of both passes of every algorithm what the definition says.
  func expectRight(
    mask: Mask = .none, in tilings: [Tiling], sourceLocation: SourceLocation = #_sourceLocation,
    sees: (_ batch: Int, _ query: Int, _ key: Int) -> Bool = { _, _, _ in true }
  ) throws {
    for algorithm in Algorithm.allCases {
      for tiling in tilings {
        let result = try run(algorithm, pass: .both, mask: mask, tiling: tiling, on: machine())
        #expect(
          mistakes(in: result, sees: sees) == [], "\(algorithm), \(self), \(tiling)",
          sourceLocation: sourceLocation)
      }
    }
  }
}

extension Tensor {
  /// The numbers of a row, all matrices' rows counted through.
  func row(_ index: Int) -> ArraySlice<Float> {
    let columns = shape.last!
    return values[index * columns..<(index + 1) * columns]
  }
}
