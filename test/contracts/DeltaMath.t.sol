// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DeltaMath, Split} from "../../contracts/libraries/DeltaMath.sol";

contract DeltaMathTest {
    function test_split_givesLeftNothing_atZero() public pure {
        Split memory s = DeltaMath.split(100, 0);
        assert(s.toLeft == 0 && s.toRight == 100 && s.leftDebt == 0 && s.rightDebt == 0);
    }

    function test_split_givesLeftAll_atTheCollateral() public pure {
        Split memory s = DeltaMath.split(100, 100);
        assert(s.toLeft == 100 && s.toRight == 0 && s.leftDebt == 0 && s.rightDebt == 0);
    }

    function test_split_makesDebt_oneBeyondEitherEnd() public pure {
        Split memory below = DeltaMath.split(100, -1);
        assert(below.toRight == 100 && below.leftDebt == 1 && below.rightDebt == 0);
        Split memory above = DeltaMath.split(100, 101);
        assert(above.toLeft == 100 && above.rightDebt == 1 && above.leftDebt == 0);
    }

    function test_split_isDefined_atIntMin() public pure {
        Split memory s = DeltaMath.split(7, type(int256).min);
        assert(s.toRight == 7 && s.leftDebt == 1 << 255);
    }

    function testFuzz_split_conservesCollateral(uint256 collateral, int256 delta) public pure {
        Split memory s = DeltaMath.split(collateral, delta);
        assert(s.toLeft + s.toRight == collateral);
        assert(s.leftDebt == 0 || s.rightDebt == 0);
    }

    /// @dev What left ends with, less what it owes and plus what it is owed, is its claim: a small world, so
    /// that every end of the line is hit.
    function testFuzz_split_meetsTheClaim(uint8 collateral, int8 delta) public pure {
        Split memory s = DeltaMath.split(collateral % 6, int256(delta) % 9);
        int256 claim = int256(s.toLeft) - int256(s.leftDebt) + int256(s.rightDebt);
        assert(claim == int256(delta) % 9);
        // Nobody owes while he still gets something.
        assert(s.leftDebt == 0 || s.toLeft == 0);
        assert(s.rightDebt == 0 || s.toRight == 0);
    }

    function testFuzz_penalise_movesHalfDown(
        uint256 collateral,
        int256 delta,
        bool left
    ) public pure {
        Split memory before = DeltaMath.split(collateral, delta);
        Split memory s = DeltaMath.split(collateral, delta);
        uint256 forfeit = DeltaMath.penalise(s, left);

        uint256 share = left ? before.toLeft : before.toRight;
        assert(forfeit == share / 2);
        assert((left ? s.toLeft : s.toRight) == share - forfeit);
        assert(s.toLeft + s.toRight == collateral);
        assert(s.leftDebt == before.leftDebt && s.rightDebt == before.rightDebt);
    }
}
