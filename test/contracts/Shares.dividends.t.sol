// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, Transfer} from "../../contracts/interfaces/IDepository.sol";
import {IShares} from "../../contracts/interfaces/IShares.sol";
import {Packed} from "../../contracts/mocks/Packed.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Log, Logs} from "./support/Logs.sol";
import {SharesWorld} from "./support/SharesWorld.sol";
import {vm} from "./support/Vm.sol";

/// @notice What holders of dividend shares get, and every way we know to get more.
contract SharesDividendsTest is SharesWorld {
    function setUp() public {
        _createShares();
    }

    // ─── What is meant to happen ────────────────────────────────────────────────────────────────

    function test_aDividend_goesFromReserveToReserve_proRata() public {
        // The entity pays in by an ordinary transfer, signed by its board.
        vm.warp(block.timestamp + 1);
        token.mint(address(this), 100);
        depository.deposit(company, tokenId, 100);
        Batch memory batch;
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(tokenId, pot, 100);
        bytes memory data = Packed.batch(batch);
        vm.prank(vm.addr(keys[0]));
        depository.processBatch(company, data, 0, uint64(block.timestamp), "");

        assert(_take(ann) == 50 && _take(bob) == 30 && _take(cid) == 20);
        assert(_tookHome(ann) == 50 && _tookHome(bob) == 30 && _tookHome(cid) == 20);
        assert(depository.reserveOf(pot, tokenId) == 0);
        (uint128 total, uint128 paid) = shares.dividendsOf(_source());
        assert(total == 100 && paid == 100);
    }

    function test_takeDividend_paysNothingTwice() public {
        _share(100);
        assert(_take(ann) == 50 && _take(ann) == 0);
        _wait(1);
        assert(_take(ann) == 0);
        _share(10);
        assert(_take(ann) == 5);
    }

    function test_takeDividend_paysToWhomTheHolderSays_andToNobodyElse() public {
        _share(100);
        EntityId home = _homeOf(bob);
        vm.expectRevert(abi.encodeWithSelector(IShares.NotTheHolder.selector, ann));
        vm.prank(bob);
        shares.takeDividend(_source(), ann, home, ALL_CHANGES);
        // Not even what goes back into the pot.
        vm.expectRevert(abi.encodeWithSelector(IShares.NotTheHolder.selector, ann));
        vm.prank(bob);
        shares.takeDividend(_source(), ann, pot, ALL_CHANGES);
        vm.prank(ann);
        shares.takeDividend(_source(), ann, home, ALL_CHANGES);
        assert(_tookHome(bob) == 50);
    }

    function test_reports_andPayments_tellFinalAmounts() public {
        _payIn(100);
        Logs.start();
        shares.reportDividend(_source());
        Log[] memory told = Logs.take(IShares.DividendReported.selector);
        assert(told.length == 1 && abi.decode(told[0].data, (uint128)) == 100);
        _take(ann);
        Logs.start();
        _take(bob);
        told = Logs.take(IShares.DividendTaken.selector);
        assert(told.length == 1 && told[0].topics[3] == bytes32(uint256(uint160(bob))));
        bytes memory expected = abi.encode(
            address(depository),
            _homeOf(bob),
            uint256(30),
            uint128(80)
        );
        assert(keccak256(told[0].data) == keccak256(expected));
        Logs.start();
        shares.reportDividend(_source());
        assert(Logs.take(IShares.DividendReported.selector).length == 0);
    }

    // ─── To the unit ────────────────────────────────────────────────────────────────────────────

    /// @dev 7 units among 10 shares: 3.5, 2.1 and 1.4; then 3 more: 5, 3 and 2.
    function test_whatIsLeftOver_staysTheHolders_andIsPaidWithTheNext() public {
        _share(7);
        assert(_take(ann) == 3 && _take(bob) == 2 && _take(cid) == 1);
        assert(depository.reserveOf(pot, tokenId) == 1);
        _share(3);
        assert(_take(ann) == 2 && _take(bob) == 1 && _take(cid) == 1);
        assert(depository.reserveOf(pot, tokenId) == 0);
    }

    function testFuzz_noUnitIsLost_howeverItComes(
        uint8[12] calldata amounts,
        uint256 takers
    ) public {
        uint256 total;
        for (uint256 i; i < amounts.length; ++i) {
            if (amounts[i] == 0) continue;
            _share(amounts[i]);
            total += amounts[i];
            if ((takers >> i) & 1 == 1) _take(ann);
        }
        uint256 missing = (10 - (total % 10)) % 10;
        if (missing != 0) _share(missing);
        total += missing;
        _take(ann);
        _take(bob);
        _take(cid);
        assert(_tookHome(ann) * 10 == total * 5 && _tookHome(bob) * 10 == total * 3);
        assert(_tookHome(cid) * 10 == total * 2 && depository.reserveOf(pot, tokenId) == 0);
    }

    // ─── Shares that change hands ───────────────────────────────────────────────────────────────

    function test_whatWasEarned_staysWithWhoEarnedIt() public {
        _share(100);
        _wait(1);
        _give(ann, bob, dividendId, 5);
        assert(_take(bob) == 30);
        _share(100);
        assert(_take(bob) == 80 && _take(ann) == 50 && _take(cid) == 40);
        assert(_take(ann) == 0);
        assert(depository.reserveOf(pot, tokenId) == 0);
    }

    function test_manyChanges_betweenTwoReports_countAtTheReport() public {
        for (uint256 i; i < 5; ++i) {
            _wait(1);
            _give(ann, bob, dividendId, 1);
            _wait(1);
            _give(bob, ann, dividendId, 1);
            _share(10);
        }
        assert(_take(ann) == 25 && _take(bob) == 15 && _take(cid) == 10);
    }

    /// @dev Else who sends somebody a share a hundred times at once makes him look at a hundred changes.
    function test_changesInOneSecond_areOne() public {
        for (uint256 i; i < 3; ++i) _give(ann, bob, dividendId, 1);
        _share(10);
        EntityId home = _homeOf(bob);
        vm.prank(bob);
        // That of the issue, and that of the second in which he got three more.
        assert(shares.takeDividend(_source(), bob, home, 2) == 6);
    }

    /// @dev A flash loan of shares in the transaction that reports: the lender loses nothing.
    function test_whoBorrowsShares_inTheSecondOfAReport_earnsNothing() public {
        _wait(1);
        _payIn(100);
        _give(ann, address(0xf1a54), dividendId, 5);
        assert(_take(address(0xf1a54)) == 0);
        _give(address(0xf1a54), ann, dividendId, 5);
        assert(_take(ann) == 50);
        _wait(1);
        assert(_take(address(0xf1a54)) == 0 && _take(ann) == 0);
    }

    /// @dev Taken in the second of a transfer, and then more is reported in that second: it is the seller's.
    function test_whatIsReported_afterATransferInTheSameSecond_isTheSellers_once() public {
        _share(10);
        _wait(1);
        _give(ann, bob, dividendId, 5);
        assert(_take(bob) == 3 && _take(ann) == 5);
        _payIn(100);
        shares.reportDividend(_source());
        assert(_take(bob) == 30 && _take(ann) == 50);
        _wait(1);
        assert(_take(bob) == 0 && _take(ann) == 0);
        _share(10);
        assert(_take(bob) == 8 && _take(ann) == 0 && _take(cid) == 24);
        assert(depository.reserveOf(pot, tokenId) == 0);
    }

    function test_twoReportsInOneSecond_areOne() public {
        _share(10);
        assert(_take(ann) == 5);
        _payIn(10);
        assert(_take(ann) == 5 && _take(bob) == 6 && _take(cid) == 4);
    }

    /// @dev A share sent back and forth makes a history; nobody can make it too long to be paid out.
    function test_aLongHistory_isReckonedInParts() public {
        for (uint256 i; i < 6; ++i) {
            _share(10);
            _wait(1);
            _give(i % 2 == 0 ? bob : ann, i % 2 == 0 ? ann : bob, dividendId, 1);
        }
        uint256 calls;
        uint256 taken;
        EntityId home = _homeOf(ann);
        for (; calls < 8; ++calls) {
            _wait(1);
            vm.prank(ann);
            taken += shares.takeDividend(_source(), ann, home, 1);
        }
        // 10 units six times, with 5, 6, 5, 6, 5 and 6 of 10 shares.
        assert(taken == 33 && _take(ann) == 0);
        vm.prank(ann);
        assert(shares.takeDividend(_source(), ann, home, 0) == 0);
    }
}
