@_spi(Host) import HBMSim
import Synchronization
import Testing

extension HBM {
  /// The floats of a tensor; none where the machine only counts.
  func floats<Rows: Axis, Columns: Axis>(of tensor: HBMTensor<Rows, Columns>) -> [Float] {
    contents(of: tensor)?.floats ?? []
  }

  /// An input whose elements are 0, 1, 2, …
  func ramp<Rows: Axis, Columns: Axis>(
    _ name: String, matrices: Int = 1, rows: Int, columns: Int, type: ElementType = .f32
  ) -> HBMTensor<Rows, Columns> {
    place(
      name, HostBuffer((0..<matrices * rows * columns).map(Float.init), of: type),
      matrices: matrices, rows: rows, columns: columns)
  }
}

extension Machine {
  /// Runs a program once, with as much SRAM as the machine has.
  @discardableResult
  func run(
    _ memory: HBM, lanes: any Axis.Type = Queries.self, footprint: Int = 1 << 20,
    _ program: @Sendable (borrowing Core) -> Void
  ) throws(LaunchError) -> Execution {
    try launch(Launch(grid: 1, footprint: footprint, lanes: lanes), memory: memory) { core, _ in
      program(core)
    }
  }
}

/// An observer that keeps all it is told.
final class Recorder: MachineObserver {
  private let recorded = Mutex<[MachineEvent]>([])

  var events: [MachineEvent] { recorded.withLock { $0 } }

  func observe(_ event: MachineEvent) { recorded.withLock { $0.append(event) } }
}
