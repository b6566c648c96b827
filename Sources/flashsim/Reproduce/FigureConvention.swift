internal import FlashCore
internal import HBMSim

extension Ledger.Entry {
  /// Whether Figure 2's 40.3 GB can have this of `standard-eager`: not the scaling of K and of its
  /// gradient and the masking of the scores' gradient, which are kernels of their own here, and not the
  /// mask's truth values.
  var isInFigure2: Bool { !phase.isLeftOutOfFigure2 && tensor != "mask" }
}

extension Phase {
  /// Whether Figure 2's 40.3 GB leave this kernel of `standard-eager` out.
  var isLeftOutOfFigure2: Bool { ["scale", "scale_backward", "mask_backward"].contains(name) }
}
