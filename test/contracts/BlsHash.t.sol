// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlsCurve} from "../../contracts/libraries/BlsCurve.sol";
import {BlsHash} from "../../contracts/libraries/BlsHash.sol";

/// @dev What numbers of 512 bits are modulo the field's, held against the chain's own precompile.
contract BlsHashTest {
    address private constant _MODEXP = address(0x05);

    error ReducedWrong(uint256 high, uint256 low);

    function testFuzz_reduced_isWhatThePrecompileSays(uint256 high, uint256 low) external view {
        _hold(high, low);
        // Numbers of fewer bits, which a fuzzer seldom finds.
        _hold(high >> (low & 255), low);
        _hold(0, low);
    }

    function testFuzz_reduced_isRight_aroundMultiplesOfTheModulus(uint256 factor) external view {
        // Up to the largest of which the product has 512 bits.
        uint256 times = factor >> 125;
        (uint256 high, uint256 low) = _multiple(times);
        _hold(high, low);
        if (low != type(uint256).max) _hold(high, low + 1);
        if (low != 0) _hold(high, low - 1);
    }

    function test_reduced_isRight_atTheEnds() external view {
        uint256 most = type(uint256).max;
        uint256[6] memory ends = [
            0,
            1,
            BlsCurve.P_LOW - 1,
            BlsCurve.P_LOW,
            BlsCurve.P_LOW + 1,
            most
        ];
        uint256[6] memory highs = [
            0,
            1,
            BlsCurve.P_HIGH - 1,
            BlsCurve.P_HIGH,
            BlsCurve.P_HIGH + 1,
            most
        ];
        for (uint256 i; i < 6; ++i) for (uint256 j; j < 6; ++j) _hold(highs[i], ends[j]);
    }

    function _hold(uint256 high, uint256 low) private view {
        (uint256 restHigh, uint256 restLow) = BlsHash.reduced(high, low);
        bytes memory question = abi.encodePacked(
            uint256(64),
            uint256(1),
            uint256(64),
            high,
            low,
            uint8(1),
            BlsCurve.P_HIGH,
            BlsCurve.P_LOW
        );
        (, bytes memory answer) = _MODEXP.staticcall(question);
        (uint256 rightHigh, uint256 rightLow) = abi.decode(answer, (uint256, uint256));
        require(restHigh == rightHigh && restLow == rightLow, ReducedWrong(high, low));
    }

    /// @dev `times`, below 2^131, of the modulus.
    function _multiple(uint256 times) private pure returns (uint256 high, uint256 low) {
        unchecked {
            low = times * BlsCurve.P_LOW;
            uint256 folded = mulmod(times, BlsCurve.P_LOW, type(uint256).max);
            high = folded - low - (folded < low ? 1 : 0) + times * BlsCurve.P_HIGH;
        }
    }
}
