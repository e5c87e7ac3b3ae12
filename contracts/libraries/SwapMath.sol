// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title SwapMath
/// @notice How much of a swap is exchanged at a fill ratio of `ratio / RATIO_ONE`.
/// @dev What the owner receives is rounded up and what he pays down, so that a filler cannot nibble
/// at an offer with ratios that round in his favour. Neither exceeds the full amount, so neither
/// oversteps an allowance.
library SwapMath {
    /// @notice The whole of an offer.
    uint256 internal constant RATIO_ONE = type(uint32).max;

    /// @notice What the owner receives: `ceil(amount · ratio / RATIO_ONE)`.
    function received(uint256 amount, uint256 ratio) internal pure returns (uint256) {
        return (amount * ratio + RATIO_ONE - 1) / RATIO_ONE;
    }

    /// @notice What the owner pays: `floor(amount · ratio / RATIO_ONE)`.
    function paid(uint256 amount, uint256 ratio) internal pure returns (uint256) {
        return (amount * ratio) / RATIO_ONE;
    }

    /// @notice Ratio number `index` of a row of 4-byte big-endian ratios; 0 when it is not wholly there.
    function ratioAt(bytes calldata ratios, uint256 index) internal pure returns (uint256) {
        uint256 end = 4 * (index + 1);
        return end <= ratios.length ? uint32(bytes4(ratios[end - 4:end])) : 0;
    }
}
