// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How one token of a channel is paid out when the channel ends.
/// @dev At most one of the two debts is nonzero, and only when one side took the whole collateral.
struct Split {
    uint256 toLeft;
    uint256 toRight;
    uint256 leftDebt;
    uint256 rightDebt;
}

/// @title DeltaMath
/// @notice The arithmetic of a channel: one signed number, `delta`, says who owns what.
/// @dev Pure and storage-free, so that `shared/channel/delta.ts` can mirror it line by line.
library DeltaMath {
    /// @notice Divides `collateral` between the two sides and names the debt left over, if any.
    ///
    ///        delta < 0          0 <= delta <= collateral         collateral < delta
    ///   -------------------|--------------------------------|------------------------
    ///   right takes all,        left takes `delta`,              left takes all,
    ///   left owes -delta        right takes the rest             right owes the excess
    ///
    /// @dev Total: defined for every input. Conserves: `toLeft + toRight == collateral`.
    /// @param collateral What the channel holds on chain.
    /// @param delta Left's claim, `ondelta + offdelta`.
    function split(uint256 collateral, int256 delta) internal pure returns (Split memory s) {
        if (delta < 0) {
            s.toRight = collateral;
            // Negating in `unchecked` keeps `type(int256).min` defined: -(-2^255) wraps to 2^255.
            unchecked {
                s.leftDebt = uint256(-delta);
            }
        } else if (uint256(delta) <= collateral) {
            s.toLeft = uint256(delta);
            s.toRight = collateral - uint256(delta);
        } else {
            s.toLeft = collateral;
            s.rightDebt = uint256(delta) - collateral;
        }
    }

    /// @notice Moves half (rounded down) of what one side gets of the collateral to the other side.
    /// @dev Conserves `toLeft + toRight`, and leaves the debts as they are: what is forfeited is
    /// collateral, and who owed before owes the same.
    /// @return forfeit What was moved.
    function penalise(Split memory s, bool left) internal pure returns (uint256 forfeit) {
        forfeit = (left ? s.toLeft : s.toRight) / 2;
        if (left) (s.toLeft, s.toRight) = (s.toLeft - forfeit, s.toRight + forfeit);
        else (s.toLeft, s.toRight) = (s.toLeft + forfeit, s.toRight - forfeit);
    }
}
