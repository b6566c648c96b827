// Attention runs on a machine and returns its traffic: its users need no second import.
@_exported public import HBMSim

@_exported public import struct TileKernels.Dropout
