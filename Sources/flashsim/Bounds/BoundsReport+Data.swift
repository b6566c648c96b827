internal import FlashCore
internal import HBMSim

extension BoundsReport {
  /// A line a capacity and algorithm, under a line of names.
  var csv: String {
    let names =
      "pass,shape.heads,shape.queries,shape.head_dim,dtype,sram.capacity_bytes,bound.name,"
      + "bound.elements,bound.bytes,algorithm,blocks.rows,blocks.columns,elements,bytes,ratio"
    let lines = points.flatMap { point in
      algorithms.indices.map { index in
        let search = point.searches[index]
        let total = search?.ledger.total
        return [
          "\(pass)", "\(shape.heads)", "\(shape.queries)", "\(shape.headDim)",
          "\(precision.elementType)", point.sram.byteCount.map { "\($0)" } ?? "",
          point.bound.name, "\(point.bound.elements)", "\(point.bound.bytes)",
          "\(algorithms[index])", search.map { "\($0.best.rows)" } ?? "",
          search.map { "\($0.best.columns)" } ?? "", total.map { "\($0.elements)" } ?? "",
          total.map { "\($0.bytes)" } ?? "", point.gap(of: index).map { "\($0)" } ?? "",
        ].joined(separator: ",")
      }
    }
    return ([names] + lines).joined(separator: "\n") + "\n"
  }

  /// The JSON that scripts read; see docs/json.md.
  var json: String {
    get throws {
      try reportJSON(
        BoundsDocument(
          context: .host,
          pass: pass.rawValue, shape: RunDocument.Shape(shape),
          dtype: precision.elementType.rawValue,
          points: points.map { point in
            BoundsDocument.Point(
              sram: SweepDocument.SRAM(capacity: point.sram.byteCount),
              bound: RunDocument.Bound(point.bound),
              algorithms: algorithms.indices.compactMap { index in
                point.searches[index].map { search in
                  BoundsDocument.Least(
                    algorithm: algorithms[index].rawValue,
                    blocks: RunDocument.BlockSizes(
                      rows: search.best.rows, columns: search.best.columns),
                    hbm: RunDocument.Moved(search.ledger.total),
                    isExhaustive: search.isExhaustive, ratio: point.gap(of: index) ?? 0)
                }
              })
          }))
    }
  }
}

/// The schema `flashsim.bounds/1`. Names are fixed.
private struct BoundsDocument: Encodable {
  var schema = "flashsim.bounds/1"
  let context: RunDocument.Context
  let pass: String
  let shape: RunDocument.Shape
  let dtype: String
  let points: [Point]

  struct Point: Encodable {
    let sram: SweepDocument.SRAM
    let bound: RunDocument.Bound
    let algorithms: [Least]
  }

  struct Least: Encodable {
    let algorithm: String
    let blocks: RunDocument.BlockSizes
    let hbm: RunDocument.Moved
    let isExhaustive: Bool
    let ratio: Double

    enum CodingKeys: String, CodingKey {
      case algorithm, blocks, hbm
      case isExhaustive = "exhaustive"
      case ratio
    }
  }
}
